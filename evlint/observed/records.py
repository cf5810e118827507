"""Read what was recorded while a program ran: a record on each line, or spans of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from evlint.model.errors import UsageError
from evlint.observed import otlp
from evlint.observed.observation import Observation, Place

HINT = "docs/trace.md tells what a line holds"


class Record(msgspec.Struct, frozen=True):
    """One line: an event was published, or delivered to a handler.

    `type` is the dotted name of its class. `places` are what called, innermost first; the first of a delivery is the
    handler, whose id is `handler`.
    """

    at: Literal["published", "delivered"]
    event: str
    id: str
    version: int = 1
    source: str = ""
    type: str = ""
    handler: str = ""
    causation_id: str | None = None
    places: tuple[Place, ...] = ()


def read(data: bytes, name: str) -> tuple[Observation, ...]:
    """Read the content of a file called `name`.

    Raises:
        UsageError: a line is neither a record nor a document of spans; it says which one and why.
    """
    try:
        # A document of spans may have been spread over many lines, which no line of is JSON by itself.
        whole = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return tuple(_lines(data, name))
    return tuple(_observations(whole, f"{name}:1"))


def _lines(data: bytes, name: str) -> Iterator[Observation]:
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{where}: not JSON: {error}", HINT) from error
        yield from _observations(value, where)


def _observations(value: Any, where: str) -> Sequence[Observation]:
    try:
        if isinstance(value, dict) and "resourceSpans" in value:
            return tuple(otlp.observations(value))
        record = msgspec.convert(value, Record)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}", HINT) from error
    return (Observation(record.at, record.event, record.type, record.places),)
