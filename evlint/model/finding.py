"""What a rule reports."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.model.source import Location

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


class Related(msgspec.Struct, frozen=True, order=True):
    """Another place that matters for a finding, and why."""

    location: Location
    message: str


class Edit(msgspec.Struct, frozen=True):
    """Replace what stands at `location` by `text`."""

    location: Location
    text: str


class Fix(msgspec.Struct, frozen=True):
    """A cure. Safe fixes keep what the program does, unsafe ones may change it."""

    title: str
    safety: Literal["safe", "unsafe", "display"]
    edits: tuple[Edit, ...]


class Finding(msgspec.Struct, frozen=True):
    """One breach of a rule at one place.

    `key` is what makes it the same finding tomorrow, when lines have moved: names, never positions.
    """

    code: str
    name: str
    severity: Severity
    message: str
    location: Location
    event: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    key: str = ""
