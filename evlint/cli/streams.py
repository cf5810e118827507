"""Standard output and error: colours, width, closed pipes, and a bar for long runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from shutil import get_terminal_size
from time import monotonic
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import TaskID

PATIENCE = 1.0  # seconds without a bar

Report = Callable[[str, int, int], None]


def prepare() -> None:
    """Make sure that no character stops the output: what the encoding lacks is printed as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str, stream: TextIO | None = None) -> None:
    """Print to standard output; nobody may be reading any more."""
    stream = stream or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # Python flushes again when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(text: str) -> None:
    """Print one line to standard error, whatever is in it."""
    from evlint.report.escape import terminal

    write(f"{terminal(text)}\n", sys.stderr)


def is_coloured(choice: str, stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether to colour what goes to `stream`; the option is stronger than the environment."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (stream.isatty() and environment.get("TERM") != "dumb")


def width() -> int:
    """Return the width of the terminal, or 80 where there is none."""
    return get_terminal_size((80, 24)).columns


@contextmanager
def progress(*, enabled: bool) -> Iterator[Report | None]:
    """Show a bar on standard error while the block runs, if that takes long and someone is watching."""
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.report
    finally:
        bar.close()


class _Bar:
    def __init__(self) -> None:
        self._started = monotonic()
        self._close: Callable[[], None] = lambda: None
        self._draw: Report | None = None

    def report(self, stage: str, done: int, total: int) -> None:
        if self._draw is None and monotonic() - self._started > PATIENCE:
            self._draw = self._open()
        if self._draw:
            self._draw(stage, done, total)

    def close(self) -> None:
        self._close()

    def _open(self) -> Report:
        from rich.console import Console
        from rich.progress import Progress

        bar = Progress(console=Console(stderr=True), transient=True)
        tasks: dict[str, TaskID] = {}
        bar.start()
        self._close = bar.stop

        def draw(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage)
            bar.update(tasks[stage], completed=done, total=total)

        return draw
