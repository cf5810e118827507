"""What a report is rendered for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from evlint.model.rule import Rule

Source = Callable[[str], Sequence[str] | None]


def no_source(path: str) -> None:
    """Return no lines, as for a file that is not there to be read."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The tool's version, the rules that ran by code, and the screen.

    `source` returns the lines of a file, or None where there are none to show.
    """

    version: str = ""
    rules: Mapping[str, Rule] = {}
    source: Source = no_source
    width: int = 80
    color: bool = False
