"""Run a command, and say how long it took and how much memory it needed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Measurement(NamedTuple):
    """Wall time, and the peak memory of the largest single process: the command or one that it started and awaited."""

    seconds: float
    megabytes: float


class CommandError(Exception):
    """A tool ended as no tool that did its work ends."""


def measure(command: Sequence[str], folder: Path, ends: frozenset[int]) -> Measurement:
    """Run `command` in `folder`; `ends` are the exit codes of a run that did its work.

    A process counts the memory of the one that started it as its own until it becomes the command,
    so nothing is read as less than this module's own 20 MB or so.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ends:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()[-2_000:]
            raise CommandError(f"`{' '.join(command)}` ended with {process.returncode}: {said}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return Measurement(seconds, usage.ru_maxrss * unit / 1_000_000)
