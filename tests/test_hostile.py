"""A repository whose names, docstrings, comments and paths are commands and markup of every kind.

Real files, the real command line, every output: what comes from them is shown, and nothing of it is done.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from jsonschema import Draft4Validator
from junitparser import JUnitXml

Evlint = Callable[..., CompletedProcess[str]]

EVIL = (
    "\x1b[31m\x1b]0;title\x07 ::error file=x::gotcha ##[error]gotcha ##vso[task.setvariable variable=a]b"
    " ##teamcity[buildStatus] <script>alert(1)</script><img src=x> [here](https://e.invalid) ![x](https://e.invalid)"
    " `code` | **b** \u202egpj.\u202c \u2066x\u2069 ' \" \\ %0A::error::again {{ evil }} & ]]> --> \t end"
)
# A file name holds all but `/`.
PATH = EVIL.replace("/", "÷").replace("\\", "")[:200]
SOURCE = f'''
"""{EVIL!r} {EVIL.replace('"', "").replace(chr(92), "")}"""
from dataclasses import dataclass
from pyee import EventEmitter

bus = EventEmitter()

@dataclass
class OrderPlaced:
    """{EVIL.replace('"', "").replace(chr(92), "")}"""
    card_number: str

def place(order, session):
    # evlint: ignore[EVL999] {EVIL}
    session.add(order)
    session.commit()
    bus.emit({EVIL!r}, OrderPlaced(order))
    bus.emit({"::warning::" + EVIL!r}, {{{EVIL!r}: 1}})
    bus.emit(order.name + {EVIL!r}, 1)

@bus.on({EVIL!r})
def bill(event): ...

@bus.on({("a" * 75 + "::error::x")!r})
def fold(event): ...
'''
# What a build server would obey wherever it stands in a line, and at the start of one.
ANYWHERE = re.compile(r"##(?:\[|vso\[|teamcity\[)")
AT_START = re.compile(r"\s*::")
ALL = ("--select", "ALL", "--no-cache")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in (f"{PATH}.py", "::error::name.py", "line\nbreak\udcff.py"):
        (tmp_path / name).write_text(SOURCE, encoding="utf-8")
    (tmp_path / f"broken{PATH}.py").write_text(f"def ({EVIL!r}", encoding="utf-8")
    return tmp_path


def harmful(text: str) -> Iterator[str]:
    """The lines that a terminal or a build server would obey."""
    for line in text.split("\n"):
        if not line.isprintable() or ANYWHERE.search(line) or AT_START.match(line):
            yield line


@pytest.mark.parametrize(
    "arguments",
    [
        *(pytest.param(["check", "--format", name, *ALL], id=name) for name in ("concise", "grouped", "full")),
        *(pytest.param(["check", "--format", name, *ALL], id=name) for name in ("json", "sarif", "gitlab", "junit")),
        pytest.param(["check", "--statistics", "-v", *ALL], id="statistics"),
        pytest.param(["check", "--show-files"], id="the files"),
        pytest.param(["check", "--show-settings", "--exclude", EVIL], id="the settings"),
        *(
            pytest.param(["graph", "--format", name], id=f"graph as {name}")
            for name in ("text", "json", "mermaid", "dot")
        ),
        pytest.param(["review", "--no-cache"], id="review"),
        pytest.param(["review", "--no-cache", "--format", "markdown"], id="review as Markdown"),
        pytest.param(["why", "::error::name.py:18"], id="why a place"),
        pytest.param(["why", "::error::name.py:18", "--format", "json"], id="why as JSON"),
        pytest.param(["why", "OrderPlaced"], id="why an event"),
        pytest.param(["init", "--no-cache"], id="init"),
        pytest.param(["check", EVIL], id="a path that is not there"),
        pytest.param(["explain", EVIL], id="a rule that is not there"),
    ],
)
def test_what_is_printed_is_inert(evlint: Evlint, repository: Path, arguments: list[str]) -> None:
    done = evlint(*arguments, cwd=repository)
    assert done.stdout + done.stderr
    assert list(harmful(done.stdout)) == []
    assert list(harmful(done.stderr)) == []


def test_github_is_told_the_findings_and_nothing_else(evlint: Evlint, repository: Path) -> None:
    done = evlint("check", "--format", "github", "--format", "gitlab:out.json", *ALL, cwd=repository)
    findings = json.loads((repository / "out.json").read_text(encoding="utf-8"))
    lines = done.stdout.splitlines()
    assert len(lines) == len(findings) > 10
    command = re.compile(r"::(?:error|warning|notice) file=[^,:]+(?:,\w+=[^,:]+)+::")
    assert all(command.match(line) and line.isprintable() and not ANYWHERE.search(line) for line in lines)


def test_documents_hold_what_they_would_without(evlint: Evlint, root: Path, repository: Path) -> None:
    formats = [f"--format={name}:out.{name}" for name in ("sarif", "gitlab", "junit", "json")]
    evlint("check", *formats, *ALL, cwd=repository)
    told = {
        name: (repository / f"out.{name}").read_text(encoding="utf-8") for name in ("sarif", "gitlab", "junit", "json")
    }
    (run,) = json.loads(told["sarif"])["runs"]
    schema = json.loads((root / "tests/report/schemas/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    Draft4Validator(schema).validate(json.loads(told["sarif"]))
    (suite,) = JUnitXml.fromstring(told["junit"].encode())
    assert len(run["results"]) == len(json.loads(told["gitlab"])) == len(list(suite)) > 10
    # JSON states each finding; the others state one for each cause, with the places of the rest beside it.
    shown = Counter(item["ruleId"] for item in run["results"])
    each = Counter(item["code"] for item in json.loads(told["json"])["findings"])
    assert shown <= each
    assert each - shown == Counter({"EVL402": 1})
    # SARIF makes a link of brackets that stand before parentheses, unless they are escaped.
    assert not [item for item in run["results"] if re.search(r"(?<!\\)\[[^\]]*\]\(", item["message"]["text"])]
    assert all(text.isascii() for name, text in told.items() if name != "junit")


def test_what_is_written_for_keeps_is_inert(evlint: Evlint, repository: Path) -> None:
    """The baseline and the schema lock are read in reviews, where text that runs backwards deceives."""
    evlint("baseline", "create", *ALL, cwd=repository)
    evlint("schema", "lock", cwd=repository)
    for name in (".evlint-baseline", "events.lock"):
        text = (repository / name).read_text(encoding="utf-8")
        assert text.count("\n") > 3
        assert all(line.isprintable() for line in text.split("\n"))
    assert evlint("check", *ALL, cwd=repository).returncode == 0
    assert evlint("schema", "lock", "--check", cwd=repository).returncode == 0
    (repository / "::error::name.py").unlink()
    for arguments in (["check", *ALL], ["schema", "diff"], ["schema", "diff", "--format", "json"]):
        done = evlint(*arguments, cwd=repository)
        assert list(harmful(done.stdout)) == []
        assert list(harmful(done.stderr)) == []
