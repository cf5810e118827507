"""The steps of a handler: the lines that it runs in its own file, at any of which its process may die."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class Crash(KeyboardInterrupt):
    """The end of a process. Neither the engine nor `except Exception` catches it."""


class Steps:
    """Notes the lines that run while it is entered.

    Args:
        file: whose lines count.
        crash_at: the number of the step before which to crash; never if that is 0.
    """

    def __init__(self, file: str, crash_at: int = 0) -> None:
        self.lines: list[int] = []
        self._file = file
        self._crash_at = crash_at
        self._before: Any = None

    def __enter__(self) -> Steps:  # noqa: PYI034 - Self came with 3.11
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _called(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        return self._reached if frame.f_code.co_filename == self._file else None

    def _reached(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        if event == "line":
            self.lines.append(frame.f_lineno)
            if len(self.lines) == self._crash_at:
                raise Crash
        return self._reached
