"""evlint as a plugin of flake8: the whole program is analysed once, and flake8 reports it file by file.

flake8 makes a plugin for each file, in several processes, and tells none of them when it is over. So the analysis is
done when the options are read, which is in the first process, before the others are started. Forked ones know what it
found; spawned ones read the options again, and what it found from a file.
"""

from __future__ import annotations

import ast
import atexit
import multiprocessing
import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec

from evlint import __version__
from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.report.escape import terminal

# Where a spawned process finds what the first one found.
HANDED_ON = "EVLINT_FLAKE8_FINDINGS"
Findings = dict[str, list[Finding]]
Reported = tuple[int, int, str, type["Plugin"]]


class Plugin:
    """What evlint found in one file; flake8 itself heeds `# noqa`."""

    name = "evlint"
    version = __version__
    _found: ClassVar[Findings] = {}

    def __init__(self, tree: ast.AST, filename: str) -> None:
        self._path = _relative(filename)

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        """Analyse the program below the working directory, and what was named besides."""
        from flake8.exceptions import ExecutionError

        try:
            handed_on = _handed_on()
            cls._found = _hand_on(_findings(options)) if handed_on is None else handed_on
        except UsageError as error:
            raise ExecutionError(f"evlint: {terminal(str(error))}") from error

    def run(self) -> Iterator[Reported]:
        for finding in self._found.get(self._path, ()):
            text = f"{finding.code} {terminal(' '.join(finding.message.split()))} [{finding.name}]"
            yield finding.location.line, finding.location.column - 1, text, type(self)


def _handed_on() -> Findings | None:
    """What the first process found, where this is another."""
    path = os.environ.get(HANDED_ON)
    if path is None or multiprocessing.parent_process() is None:
        return None
    return msgspec.msgpack.decode(Path(path).read_bytes(), type=Findings)


def _hand_on(found: Findings) -> Findings:
    """Keep what was found for the processes that will not inherit it, until this one ends."""
    descriptor, path = tempfile.mkstemp(prefix="evlint-flake8-")
    with open(descriptor, "wb") as file:
        file.write(msgspec.msgpack.encode(found))
    os.environ[HANDED_ON] = path
    atexit.register(_forget, path, os.getpid())
    return found


def _forget(path: str, owner: int) -> None:
    # A forked process inherits the duty, which is not its own.
    if os.getpid() == owner:
        Path(path).unlink(missing_ok=True)


def _findings(options: Namespace) -> Findings:
    from evlint import app, project

    named = [_relative(name) for name in options.filenames if name != "-"]
    outside = [name for name in named if name.startswith("../") or os.path.isabs(name)]
    unsaved = {_relative(options.stdin_display_name): _stdin()} if "-" in options.filenames else {}
    here = project.here()
    run = here.judge(app.analyse(here.request(*outside, unsaved=unsaved)))
    found: Findings = {}
    for finding in run.findings:
        found.setdefault(finding.location.path, []).append(finding)
    return found


def _stdin() -> bytes:
    from flake8.utils import stdin_get_lines

    return "".join(stdin_get_lines()).encode()


def _relative(path: str) -> str:
    """The path as evlint's reports have it."""
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        return os.path.abspath(path).replace(os.sep, "/")
