"""Why a place of the code is, or is not, part of the event flow."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.model.source import Location

Verdict = Literal["fact", "unresolved", "nothing"]


class Reason(msgspec.Struct, frozen=True):
    """One thing at a place, or one event, and what evlint makes of it.

    `subject` is what the code says there, `verdict` whether it is a fact of the flow, `because` the grounds, and
    `remedy` what would make it one, where something would.
    """

    location: Location | None
    subject: str
    verdict: Verdict
    because: tuple[str, ...] = ()
    remedy: str = ""
