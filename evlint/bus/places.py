"""Where in the code of an application something is published or handled."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple

OURS = "evlint.bus"
MOST = 16


class Place(NamedTuple):
    """A line of code, and the qualified name of the function that it stands in."""

    path: str
    line: int
    function: str


def callers() -> list[Place]:
    """The lines of code that led here, innermost first, without those of the bus; at most 16."""
    return list(islice(_frames(sys._getframe(1)), MOST))  # noqa: SLF001 - a stack without reading source files


def place_of(function: Callable[..., Any]) -> Place:
    """Where a handler is defined, decorators or not."""
    function = inspect.unwrap(function)
    code = function.__code__
    return Place(code.co_filename, code.co_firstlineno, function.__qualname__)


def _frames(frame: FrameType | None) -> Iterator[Place]:
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        code = frame.f_code
        is_ours = module == OURS or module.startswith(f"{OURS}.")
        if not is_ours and not code.co_filename.startswith("<"):
            yield Place(code.co_filename, frame.f_lineno, getattr(code, "co_qualname", code.co_name))  # new in 3.11
        frame = frame.f_back
