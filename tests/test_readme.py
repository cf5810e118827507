"""What the README shows is what evlint does."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evlint.config import parse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Evlint = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_picture_is_drawn_by_evlint(evlint: Evlint, root: Path, readme: str) -> None:
    drawn = evlint("graph", "--quiet", "--no-cache", cwd=root / "fixtures" / "payments" / "good").stdout
    picture, _, count = drawn.strip().rpartition("\n\n")
    assert fenced(readme, "") == picture, count


def test_the_table_lists_every_rule(evlint: Evlint, readme: str) -> None:
    rules = json.loads(evlint("rules", "--format", "json").stdout)["rules"]
    told = [tuple(cell.strip() for cell in row[1:-1].split("|")) for row in readme.splitlines() if row[:5] == "| EVL"]
    status = {"default": "on", "preview": "preview"}
    assert told == [(rule["code"], rule["name"], status[rule["status"]], rule["summary"]) for rule in rules]


def test_the_configuration_is_understood(readme: str) -> None:
    tables = re.findall(r"^```toml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    parsed = [parse(tomllib.loads(table)["tool"]["evlint"]) for table in tables]
    assert [(bool(config.overrides), list(config.bus), len(config.contracts)) for config in parsed] == [
        (True, [], 0),
        (False, ["wire"], 0),
        (False, [], 1),
    ]


def test_the_commands_are_understood(evlint: Evlint, readme: str, tmp_path: Path) -> None:
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))
    commands = re.findall(r"^evlint (.+?)(?: *#.*)?$", blocks, re.MULTILINE)
    assert commands
    ended = {command: evlint(*command.split(), cwd=tmp_path).returncode for command in commands}
    assert ended == dict.fromkeys(commands, 0)


def fenced(text: str, language: str) -> str:
    """The first block of `language`."""
    block = re.search(rf"^```{language}\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert block
    return block[1]
