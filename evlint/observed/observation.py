"""What was seen: an event that was published, or delivered to a handler."""

from __future__ import annotations

from typing import Literal

import msgspec


class Place(msgspec.Struct, frozen=True):
    """A line of code that ran; 0 and empty where that is not known."""

    path: str
    line: int = 0
    function: str = ""


class Observation(msgspec.Struct, frozen=True):
    """One publication or delivery.

    `event` is the name that it travels by, `type` the dotted name of its class where known. `places` are what called,
    innermost first; none where nobody can tell.
    """

    at: Literal["published", "delivered"]
    event: str
    type: str = ""
    places: tuple[Place, ...] = ()
