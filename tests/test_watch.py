"""A real process watches real files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from evlint.cli import main

pytestmark = pytest.mark.skipif(find_spec("watchfiles") is None, reason="watchfiles is not installed")

# What a terminal does: a shell in the background lets its children ignore Ctrl-C.
EVLINT = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " from evlint.cli import main; sys.exit(main(sys.argv[1:]))"
)
COMMAND = [sys.executable, "-c", EVLINT, "check", "--watch"]
PATIENCE = 60  # seconds; a machine may be busy
ORDERS = """\
from dataclasses import dataclass


@dataclass{arguments}
class OrderPlaced:
    order_id: str


def place(bus, order_id):
    bus.publish(OrderPlaced(order_id))
"""
MUTABLE, FROZEN = ORDERS.format(arguments=""), ORDERS.format(arguments="(frozen=True)")


class Watched:
    """A process that watches; what it prints, line by line."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--select", "EVL102", *options],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    def round(self) -> str:
        """What one check prints."""
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Watching"):
            try:
                lines.append(self._lines.get(timeout=PATIENCE))
            except Empty:
                pytest.fail("nothing more is printed after:\n" + "".join(lines))
        return "".join(lines)

    def until(self, text: str) -> None:
        """Wait for a check that prints `text`: one change may be seen as several."""
        while text not in self.round():
            pass

    def is_silent(self) -> bool:
        """Whether nothing is printed within a second."""
        try:
            self._lines.get(timeout=1)
        except Empty:
            return True
        return False

    def interrupt(self) -> tuple[int, str]:
        """End it as Ctrl-C does; returns the exit code and what is printed yet."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code, "".join(self._lines.queue)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "orders.py").write_text(FROZEN, encoding="utf-8")
    return tmp_path


@pytest.fixture
def watched(project: Path) -> Iterator[Watched]:
    watched = Watched(project)
    yield watched
    watched.kill()


def test_every_change_is_checked(project: Path, watched: Watched) -> None:
    watched.until("No findings")
    (project / "orders.py").write_text(MUTABLE, encoding="utf-8")
    watched.until("orders.py:5:1: EVL102")
    (project / "events").mkdir()
    (project / "events/late.py").write_text(MUTABLE.replace("Order", "Payment"), encoding="utf-8")
    watched.until("events/late.py:5:1: EVL102")
    (project / "events/late.py").unlink()
    watched.until("1 finding:")
    # Many editors write another file and put it in the place of the first.
    (project / "orders.tmp").write_text(FROZEN, encoding="utf-8")
    (project / "orders.tmp").replace(project / "orders.py")
    watched.until("No findings")


def test_a_change_of_the_configuration_counts_and_a_wrong_one_is_survived(project: Path, watched: Watched) -> None:
    watched.round()
    (project / "evlint.toml").write_text("selct = []", encoding="utf-8")
    watched.until("unknown key `selct`")
    (project / "evlint.toml").write_text('exclude = ["*.py"]', encoding="utf-8")
    watched.until("No Python files found")


def test_what_is_no_part_of_a_check_is_left_alone(project: Path, watched: Watched) -> None:
    watched.round()
    (project / "notes.txt").write_text("x", encoding="utf-8")
    (project / "__pycache__").mkdir()
    (project / "__pycache__/orders.py").write_text("x", encoding="utf-8")
    assert watched.is_silent()


def test_it_ends_cleanly(watched: Watched) -> None:
    watched.round()
    assert watched.interrupt() == (0, "\n")


def test_a_terminal_is_drawn_anew(project: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND, "--format", "concise"], cwd=project, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"Watching" not in shown:
        shown += os.read(ours, 1024)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    os.close(ours)
    assert shown.startswith(b"\x1b[2J")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["-"], "cannot watch standard input", id="standard input"),
        pytest.param(["--show-files"], "--watch and --show-files exclude each other", id="an option that ends"),
        pytest.param(["--add-ignores", "so"], "--watch and --add-ignores exclude each other", id="one that writes"),
        pytest.param(["gone"], "no such file or folder: `gone`", id="a missing path"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(project)
    assert main(["check", "--watch", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["check", "--watch"]) == 2
    assert 'pip install "evlint[watch]"' in capsys.readouterr().err
