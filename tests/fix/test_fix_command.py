"""`evlint check --fix` and `--diff`, as users run them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fix.operating import BUS, sent

Evlint = Callable[..., "subprocess.CompletedProcess[str]"]
EVENTS = "from dataclasses import dataclass\n\n\n@dataclass\nclass OrderPlaced:\n    id: int\n"
FROZEN = EVENTS.replace("@dataclass\n", "@dataclass(frozen=True)\n")
CHECK = ("check", "--isolated", "--no-cache", "--select", "EVL102,EVL002")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in {"bus.py": BUS, "events.py": EVENTS, "orders.py": sent("OrderPlaced")}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_fix_is_written_and_told(shop: Path, evlint: Evlint) -> None:
    run = evlint(*CHECK, "--fix", cwd=shop)
    assert (run.returncode, run.stdout) == (0, "")
    assert "1 finding fixed in 1 file" in run.stderr
    assert (shop / "events.py").read_text() == FROZEN
    assert sorted(path.name for path in shop.iterdir()) == ["bus.py", "events.py", "orders.py"]


def test_a_difference_is_shown_and_nothing_written(shop: Path, evlint: Evlint) -> None:
    run = evlint(*CHECK, "--diff", cwd=shop)
    assert run.returncode == 1
    assert run.stdout.splitlines()[:2] == ["--- events.py", "+++ events.py"]
    assert "-@dataclass\n+@dataclass(frozen=True)\n" in run.stdout
    assert (shop / "events.py").read_text() == EVENTS
    assert evlint(*CHECK, "--fix", cwd=shop).returncode == 0
    run = evlint(*CHECK, "--diff", cwd=shop)
    assert (run.returncode, run.stdout) == (0, "")


def test_what_can_be_fixed_is_marked(shop: Path, evlint: Evlint) -> None:
    assert "[mutable-event] [*]\n" in evlint(*CHECK, "--format", "concise", cwd=shop).stdout
    assert "fix: Freeze `OrderPlaced` (`--fix`)" in evlint(*CHECK, "--format", "full", cwd=shop).stdout


def test_json_has_the_edits(shop: Path, evlint: Evlint) -> None:
    (finding,) = json.loads(evlint(*CHECK, "--format", "json", cwd=shop).stdout)["findings"]
    assert (finding["fix"]["safety"], finding["fix"]["title"]) == ("safe", "Freeze `OrderPlaced`")
    (edit,) = finding["fix"]["edits"]
    assert (edit["path"], edit["line"], edit["column"], edit["text"]) == ("events.py", 4, 11, "(frozen=True)")


def test_an_unsafe_fix_is_made_on_demand(shop: Path, evlint: Evlint) -> None:
    (shop / "more.py").write_text("def change(thing):\n    thing.id = 1\n")
    run = evlint(*CHECK, "--fix", cwd=shop)
    assert run.returncode == 1
    assert "0 findings fixed in 0 files; 1 more with --unsafe-fixes" in run.stderr
    assert evlint(*CHECK, "--fix", "--unsafe-fixes", cwd=shop).returncode == 0
    assert (shop / "events.py").read_text() == FROZEN


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            "\ufeff" + EVENTS.replace("\n", "\r\n"), "\ufeff" + FROZEN.replace("\n", "\r\n"), id="a mark, CRLF"
        ),
        pytest.param(f"# café\n{EVENTS.rstrip()}", f"# café\n{FROZEN.rstrip()}", id="no newline at the end"),
    ],
)
def test_a_file_keeps_its_encoding_and_its_line_ends(data: str, expected: str, shop: Path, evlint: Evlint) -> None:
    (shop / "events.py").write_bytes(data.encode())
    assert evlint(*CHECK, "--fix", cwd=shop).returncode == 0
    assert (shop / "events.py").read_bytes() == expected.encode()


def test_a_file_keeps_its_coding_cookie_its_mode_and_its_link(shop: Path, evlint: Evlint) -> None:
    (shop / "events.py").rename(shop / "real.txt")
    text = f"# -*- coding: latin-1 -*-\n# café\n{EVENTS}"
    (shop / "real.txt").write_bytes(text.encode("latin-1"))
    os.chmod(shop / "real.txt", 0o640)
    (shop / "events.py").symlink_to("real.txt")
    assert evlint(*CHECK, "--fix", cwd=shop).returncode == 0
    assert (shop / "events.py").is_symlink()
    assert (shop / "real.txt").read_bytes() == text.replace(EVENTS, FROZEN).encode("latin-1")
    assert (shop / "real.txt").stat().st_mode & 0o777 == 0o640


def test_what_is_accepted_is_not_fixed(shop: Path, evlint: Evlint) -> None:
    (shop / "events.py").write_text(EVENTS.replace("@dataclass\n", "# evlint: ignore[EVL102] ours\n@dataclass\n"))
    assert "0 findings fixed" in evlint(*CHECK, "--fix", cwd=shop).stderr
    (shop / "events.py").write_text(EVENTS)
    assert evlint("baseline", "create", "--isolated", "--select", "EVL102", cwd=shop).returncode == 0
    assert "0 findings fixed" in evlint(*CHECK, "--fix", cwd=shop).stderr
    assert (shop / "events.py").read_text() == EVENTS


def test_files_that_are_not_checked_are_not_touched(shop: Path, evlint: Evlint) -> None:
    (shop / "lib").mkdir()
    base = "from dataclasses import dataclass\n\n\n@dataclass\nclass Base:\n    at: int\n"
    (shop / "lib" / "base.py").write_text(base)
    (shop / "events.py").write_text(
        "from dataclasses import dataclass\n\nfrom lib.base import Base\n\n\n@dataclass\nclass OrderPlaced(Base):\n    id: int\n"
    )
    assert "0 findings fixed" in evlint(*CHECK, "--fix", "bus.py", "events.py", "orders.py", cwd=shop).stderr
    assert evlint(*CHECK, "--fix", cwd=shop).returncode == 0
    assert "frozen" in (shop / "lib" / "base.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--unsafe-fixes",), "--unsafe-fixes says what --fix or --diff may do", id="alone"),
        pytest.param(("--fix", "-"), "they cannot fix standard input", id="standard input"),
        pytest.param(("--fix", "--watch"), "--watch and --fix exclude each other", id="watch"),
    ],
)
def test_a_wrong_call_is_refused(arguments: tuple[str, ...], message: str, shop: Path, evlint: Evlint) -> None:
    run = evlint(*CHECK, *arguments, cwd=shop)
    assert run.returncode == 2
    assert message in run.stderr
