"""A file that cannot be analysed is reported by name, and harms nothing but itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Evlint = Callable[..., CompletedProcess[str]]
Make = Callable[[Path], object]
Findings = list[dict[str, Any]]

# A service with a mistake that is reported by default: its event can be changed.
GOOD = """
from dataclasses import dataclass


class EventBus:
    def __init__(self):
        self.handlers = {}

    def subscribe(self, event, handler):
        self.handlers.setdefault(event, []).append(handler)

    def publish(self, event):
        for handler in self.handlers.get(type(event), []):
            handler(event)


bus = EventBus()


@dataclass
class OrderPlaced:
    order_id: str


def place(order_id):
    bus.publish(OrderPlaced(order_id))


def bill(event: OrderPlaced):
    print(event.order_id)


bus.subscribe(OrderPlaced, bill)
"""


def text(content: str) -> Make:
    return lambda path: path.write_text(content, encoding="utf-8")


def data(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.py")


def circular(path: Path) -> None:
    path.symlink_to(path.name)


# Something that names an event, so that no byte search may pass the file over.
EVENTFUL = "bus.publish(OrderPlaced('1'))\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs links")

UNREADABLE = [
    pytest.param(text(EVENTFUL + "def broken(:\n"), id="a syntax error"),
    pytest.param(text(EVENTFUL + "if True:\nprint('no')\n"), id="an indentation error"),
    pytest.param(text(EVENTFUL + "text = 'never closed\n"), id="an open string"),
    pytest.param(text("print 'published', event\nbus.publish(event)\n"), id="Python 2"),
    pytest.param(data(EVENTFUL.encode() + b"name = '\xff\xfe\x80'\n"), id="bytes that are no UTF-8"),
    pytest.param(data(b"# coding: no-such-codec\n" + EVENTFUL.encode()), id="an unknown encoding"),
    pytest.param(text(EVENTFUL + f"x = {'[' * 1500}{']' * 1500}\n"), id="1,500 nested brackets"),
    pytest.param(text(EVENTFUL + f"x = {'(' * 100_000}\n"), id="100,000 open brackets"),
    pytest.param(dangling, id="a link to nowhere", marks=POSIX),
    pytest.param(circular, id="a link to itself", marks=POSIX),
    pytest.param(text("DATA = [\n" + "    1234567890123456789,\n" * 420_000 + "]\n"), id="10 MB of data"),
]
HARMLESS = [
    pytest.param(text(""), id="an empty file"),
    pytest.param(text("\ufeff"), id="a byte order mark alone"),
    pytest.param(data(b"# coding: latin-1\nname = '\xe9'\n"), id="an encoding that is declared"),
    pytest.param(data(b"x = 1\r\ny = 2\rz = 3"), id="line ends of all kinds"),
    pytest.param(Path.mkdir, id="a folder that is named like a file"),
]
# Whether these can be analysed is the parser's affair; that they are not passed over is ours.
HUGE = [
    pytest.param(f"x = {' + '.join(['1'] * 20_000)}\n", id="a sum of 20,000 terms"),
    pytest.param(f"x = {'-' * 5_000}1\n", id="5,000 signs"),
    pytest.param(f"x = a{'.b' * 5_000}\n", id="5,000 attributes"),
    pytest.param(f"x = a{'()' * 5_000}\n", id="5,000 calls"),
    pytest.param("".join(f"{' ' * depth}if x:\n" for depth in range(95)) + f"{' ' * 95}pass\n", id="95 nested blocks"),
    pytest.param("if x:\n    pass\n" + "elif x:\n    pass\n" * 3_000, id="3,000 branches"),
    pytest.param("DATA = [\n" + "    1234567890123456789,\n" * 420_000 + "]\n", id="10 MB of data beside an event"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A good file, in a repository of its own."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("make", UNREADABLE)
def test_an_unreadable_file_is_named_and_the_rest_is_unharmed(evlint: Evlint, project: Path, make: Make) -> None:
    alone = check(evlint, project)
    make(project / "bad.py")
    named, others = by_file(check(evlint, project), "bad.py")
    assert [finding["code"] for finding in named] == ["EVL001"]
    assert others == alone


@pytest.mark.parametrize("make", HARMLESS)
def test_a_file_that_holds_no_events_is_no_problem(evlint: Evlint, project: Path, make: Make) -> None:
    alone = check(evlint, project)
    make(project / "odd.py")
    assert check(evlint, project) == alone


@pytest.mark.parametrize("content", HUGE)
def test_a_file_is_never_passed_over(evlint: Evlint, project: Path, content: str) -> None:
    """Either what is wrong in it is found, or it is reported as unreadable."""
    alone = check(evlint, project)
    (project / "huge.py").write_text(GOOD + content, encoding="utf-8")
    named, others = by_file(check(evlint, project), "huge.py")
    assert named
    assert others == alone


def test_a_file_without_permission_is_named(evlint: Evlint, project: Path) -> None:
    """Root may read everything, so the right to is put down first."""
    path = project / "bad.py"
    path.write_text(EVENTFUL)
    path.chmod(0)
    prefix: tuple[str, ...] = ()
    if os.access(path, os.R_OK):
        if not shutil.which("setpriv"):
            pytest.skip("this user may read everything")
        prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    named, others = by_file(check(evlint, project, prefix=prefix), "bad.py")
    assert [finding["code"] for finding in named] == ["EVL001"]
    assert others


def test_many_bad_files_are_all_named(evlint: Evlint, project: Path) -> None:
    """A worker that dies takes one file with it, not those that wait behind."""
    alone = check(evlint, project)
    for number in range(4):
        (project / f"bad{number}.py").write_text(EVENTFUL + f"x = {'[' * 1500}{']' * 1500}\n")
    found = check(evlint, project)
    bad = sorted(finding["path"] for finding in found if finding["code"] == "EVL001")
    assert bad == [f"bad{number}.py" for number in range(4)]
    assert [finding for finding in found if finding["code"] != "EVL001"] == alone


@pytest.mark.parametrize(
    ("arguments", "configuration", "remedy"),
    [
        pytest.param(["missing"], "", "no such file or folder: `missing`", id="a path that does not exist"),
        pytest.param(["--select", "EVL999"], "", "EVL999", id="a code that does not exist"),
        pytest.param(["--select", "mutable-evnt"], "", "did you mean `mutable-event`?", id="a name that is misspelt"),
        pytest.param([], "[tool.evlint\n", "pyproject.toml: not valid TOML", id="a configuration that is no TOML"),
        pytest.param([], "[tool.evlint]\nignor = []\n", "did you mean `ignore`?", id="an unknown key"),
        pytest.param([], '[tool.evlint]\nignore = ["EVL999"]\n', "EVL999", id="an unknown code in the configuration"),
        pytest.param(["--format", "yaml"], "", "concise", id="a format that does not exist"),
        pytest.param(["--jobs", "none"], "", "--jobs", id="a number that is none"),
    ],
)
def test_a_wrong_call_ends_with_2_and_one_line_that_names_the_remedy(
    evlint: Evlint, project: Path, arguments: list[str], configuration: str, remedy: str
) -> None:
    (project / "pyproject.toml").write_text(configuration)
    run = evlint("check", "--no-cache", *arguments, cwd=project)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert remedy in line


def check(evlint: Evlint, project: Path, **options: Any) -> Findings:
    """Check `project`, in which something is wrong."""
    run = evlint("check", "--no-cache", "--format", "json", cwd=project, **options)
    assert run.returncode == 1, run.stderr
    findings: Findings = json.loads(run.stdout)["findings"]
    return findings


def by_file(findings: Findings, path: str) -> tuple[Findings, Findings]:
    """Part the findings in the file at `path` from the others."""
    return [each for each in findings if each["path"] == path], [each for each in findings if each["path"] != path]
