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


CureKind = Literal[
    "after-commit", "await", "correlate", "freeze", "immutable", "rename", "trace", "unsuppress", "version",
]  # fmt: skip


class Cure(msgspec.Struct, frozen=True):
    """What would cure a finding, as its rule asks for it; `evlint.fix` finds the edits, or that there are none.

    `title` says it to users. `event` is the id of the event that is changed, `words` what else the kind needs.
    """

    kind: CureKind
    title: str
    safety: Literal["safe", "unsafe"]
    event: str = ""
    words: tuple[str, ...] = ()


class Cause(msgspec.Struct, frozen=True):
    """What several findings may come from, so that one of them can speak for all.

    `key` is the same for all of them, whatever rule they are of. `summary` says what is wrong with them, to be read
    after their number: `events of X can be changed; freeze X`; where it is empty the first of them says enough. From
    `least` findings on they are one.
    """

    key: str
    summary: str
    least: int = 6


class Finding(msgspec.Struct, frozen=True):
    """One breach of a rule at one place.

    `cure` is what would mend it, `fix` the edits that do, where they have been asked for.
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
    cure: Cure | None = None
    cause: Cause | None = None
