"""Of a change only its own findings are reported, and what is accepted in place stays accepted."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evlint import revision
from evlint.change import touched
from evlint.extract.accepting import accept
from evlint.model.change import WHOLE, Change
from evlint.model.finding import Finding, Related
from evlint.model.source import Location, Span

Evlint = Callable[..., CompletedProcess[str]]
EVENT = """
from dataclasses import dataclass


@dataclass
class {name}:
    order_id: int


def place(publish):
    publish({name}(1))
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two old findings, as the working directory."""
    git(tmp_path, "init", "-q", "-b", "main")
    for name in ("OrderPlaced", "OrderPaid"):
        (tmp_path / f"{name.lower()}.py").write_text(EVENT.format(name=name))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "start")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reported(evlint: Evlint, folder: Path, *arguments: str) -> list[str]:
    done = evlint("check", "--no-cache", "--select", "EVL102", "--diff-base", "main", *arguments, cwd=folder)
    assert done.returncode == bool(done.stdout), done.stderr
    return [line.split(": ")[0] for line in done.stdout.splitlines()]


def test_nothing_changed(shop: Path, evlint: Evlint) -> None:
    assert reported(evlint, shop) == []


def test_a_new_file_is_new_and_an_old_one_may_move(shop: Path, evlint: Evlint) -> None:
    git(shop, "mv", "orderpaid.py", "paid.py")
    (shop / "orderplaced.py").write_text("X = 1\n\n\n" + EVENT.format(name="OrderPlaced"))
    (shop / "new.py").write_text(EVENT.format(name="OrderSent"))
    assert reported(evlint, shop) == ["new.py:6:1"]


def test_an_old_finding_on_a_changed_line_is_reported(shop: Path, evlint: Evlint) -> None:
    text = (shop / "orderpaid.py").read_text()
    (shop / "orderpaid.py").write_text(text.replace("class OrderPaid:", "class OrderPaid:  # touched"))
    assert reported(evlint, shop) == ["orderpaid.py:6:1"]


def test_what_a_change_elsewhere_brings_about_is_reported(shop: Path, evlint: Evlint) -> None:
    """The publication makes an event of a class that stands, unchanged, in another file."""
    (shop / "notes.py").write_text(
        "from dataclasses import dataclass\n\n\n@dataclass\nclass NoteTaken:\n    text: str\n"
    )
    git(shop, "add", ".")
    git(shop, "commit", "-q", "-m", "a record")
    assert reported(evlint, shop) == []
    text = (shop / "orderpaid.py").read_text()
    (shop / "orderpaid.py").write_text(
        text.replace("    publish(", "    publish(NoteTaken('x'))\n    publish(").replace(
            "\nfrom", "\nfrom notes import NoteTaken\nfrom", 1
        )
    )
    assert reported(evlint, shop) == ["notes.py:5:1"]


def test_the_other_branch_may_have_moved_on(shop: Path, evlint: Evlint) -> None:
    git(shop, "switch", "-q", "-c", "work")
    git(shop, "switch", "-q", "main")
    (shop / "orderpaid.py").write_text(EVENT.format(name="OrderPaid").replace("@dataclass", "@dataclass(frozen=True)"))
    git(shop, "commit", "-q", "-a", "-m", "mended")
    git(shop, "switch", "-q", "work")
    assert reported(evlint, shop) == []


def test_the_baseline_counts_as_well(shop: Path, evlint: Evlint) -> None:
    (shop / "new.py").write_text(EVENT.format(name="OrderSent"))
    evlint("baseline", "create", "--no-cache", cwd=shop)
    assert reported(evlint, shop) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--diff-base", "gone"], "`gone` is neither a file nor a revision", id="an unknown revision"),
        pytest.param(["--diff-base", "--output=x"], "expected one argument", id="an option for a revision"),
        pytest.param(["--diff-base", "main", "-"], "cannot judge standard input", id="standard input"),
        pytest.param(["--add-ignores", "two\nlines"], "a reason is one line of text", id="a reason of two lines"),
        pytest.param(["--add-ignores", " "], "a reason is one line of text", id="no reason"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Path, evlint: Evlint, arguments: list[str], expected: str) -> None:
    done = evlint("check", "--no-cache", *arguments, cwd=shop)
    assert done.returncode == 2
    assert expected in done.stderr


def test_the_diff_is_read_whatever_the_names_and_the_settings(shop: Path) -> None:
    odd = 'ä "b"\t\\.py'
    (shop / odd).write_text("a\nb\nc\nd\n")
    (shop / "sub").mkdir()
    (shop / "sub" / "old.py").write_text("".join(f"line {number}\n" for number in range(20)))
    git(shop, "add", ".")
    git(shop, "commit", "-q", "-m", "odd")
    git(shop, "config", "diff.noprefix", "true")
    git(shop, "config", "diff.external", "false")
    git(shop, "config", "color.diff", "always")
    (shop / odd).write_text("a\nB\nd\n")
    (shop / "sub" / "old.py").rename(shop / "sub" / "new name.py")
    git(shop, "add", ".")
    (shop / "orderpaid.py").unlink()
    (shop / "fresh.py").touch()
    change = revision.change("HEAD")
    assert change.lines == {odd: ((2, 2),), "fresh.py": (WHOLE,), "sub/new name.py": ()}
    assert change.renamed == {"sub/old.py": "sub/new name.py"}


def test_paths_are_relative_to_the_working_directory(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "sub").mkdir()
    monkeypatch.chdir(shop / "sub")
    (shop / "sub" / "new.py").touch()
    (shop / "orderpaid.py").write_text("")
    assert set(revision.change("HEAD").lines) == {"new.py", "../orderpaid.py"}


def at(line: int, end: int = 0, path: str = "a.py") -> Location:
    return Location(path, Span(line, 1, end or line, 5))


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param(at(4), True, id="on a changed line"),
        pytest.param(at(1, 3), True, id="into a changed line"),
        pytest.param(at(6), False, id="below"),
        pytest.param(at(4, path="b.py"), False, id="in another file"),
        pytest.param(at(9, 10), True, id="around lines that are gone"),
        pytest.param(at(9), False, id="above lines that are gone"),
        pytest.param(Location("a.py", Span(1, 1, 3, 1)), False, id="up to a changed line"),
    ],
)
def test_a_place_is_touched(location: Location, expected: bool) -> None:
    assert Change({"a.py": ((3, 4), (10, 9))}, {}).touches(location) is expected


def test_a_related_place_counts() -> None:
    finding = Finding("EVL201", "x", "warning", "m", at(8, path="b.py"), key="k")
    related = Finding("EVL201", "x", "warning", "m", at(9, path="b.py"), related=(Related(at(3), "there"),), key="k2")
    assert touched((finding, related), Change({"a.py": ((3, 3),)}, {}), (finding, related)) == (related,)


def test_ignores_are_written_and_hold(shop: Path, evlint: Evlint) -> None:
    done = evlint("check", "--no-cache", "--add-ignores", "mended in spring", cwd=shop)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "2 comments written" in done.stderr
    before = (shop / "orderpaid.py").read_text()
    assert "\n\n# evlint: ignore[EVL102] mended in spring\n@dataclass\n" in before
    done = evlint("check", "--no-cache", "--add-ignores", "again", cwd=shop)
    assert "0 comments written" in done.stderr
    assert (shop / "orderpaid.py").read_text() == before


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "if x:\n\tcall(\n\t\t1)\n",
            "if x:\n\t# evlint: ignore[EVL201] why\n\tcall(\n\t\t1)\n",
            id="inside of a call",
        ),
        pytest.param(
            "a = 1\r\ntext = '''\r\n'''\r\n",
            "a = 1\r\n# evlint: ignore[EVL201] why\r\ntext = '''\r\n'''\r\n",
            id="inside of a text",
        ),
        pytest.param("a = \\\n  1;\\\n b = 2", "# evlint: ignore[EVL201] why\na = \\\n  1;\\\n b = 2", id="continued"),
        pytest.param(
            "\ufeff# a\ntry:\n    x\nexcept E: pass",
            "\ufeff# a\ntry:\n    # evlint: ignore[EVL201] why\n    x\nexcept E: pass",
            id="after a byte order mark",
        ),
    ],
)
def test_a_comment_stands_above_the_statement(source: str, expected: str) -> None:
    written = accept(source.encode(), {3: ("EVL201", "EVL201")}, "why")
    assert written == (expected.encode(), 1, 2)


def test_what_the_encoding_lacks_is_not_written() -> None:
    source = b"# coding: latin-1\nx = '\xe4'\n"
    assert accept(source, {2: ("EVL201",)}, "\u201cquoted\u201d") == (source, 0, 0)
    assert accept(source, {2: ("EVL201",)}, "\u00e4").data == source.replace(b"x", b"# evlint: ignore[EVL201] \xe4\nx")
