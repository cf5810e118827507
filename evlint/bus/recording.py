"""Writes down every publication and delivery, so that `evlint trace` can hold them against the code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike

import msgspec

from evlint.bus.delivery import Claim
from evlint.bus.envelope import Envelope
from evlint.bus.places import OURS, Place, callers, place_of
from evlint.bus.subscription import Subscription


class Recorder:
    """An observer that appends a line of JSON to a file for each publication and each delivery.

    Any number of threads and processes may write to one file. A line tells what was tried: a transaction may be
    rolled back after it, and a delivery that failed is recorded again with each attempt.

    Args:
        path: the file; it is made if there is none. docs/trace.md tells what its lines hold.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def publishing(self, envelope: Envelope, event: object) -> Envelope:
        self._write("published", envelope, type(event), callers())
        return envelope

    @contextmanager
    def handling(self, subscription: Subscription, claim: Claim) -> Iterator[None]:
        if not subscription.function.__module__.startswith(f"{OURS}."):  # what sends events on handles none
            known = subscription.types.get(claim.envelope.type)
            places = [place_of(subscription.function)]
            cls = known.cls if known else None
            self._write("delivered", claim.envelope, cls, places, handler=claim.handler, attempt=claim.attempt)
        yield

    def close(self) -> None:
        os.close(self._file)

    def _write(self, at: str, envelope: Envelope, cls: type | None, places: list[Place], **more: object) -> None:
        record = {
            "at": at,
            "event": envelope.type,
            "version": envelope.version,
            "id": envelope.id,
            "source": envelope.source,
            "type": f"{cls.__module__}.{cls.__qualname__}" if cls else "",
            "causation_id": envelope.causation_id,
            **more,
            "places": [place._asdict() for place in places],
        }
        # One call, so that lines of several writers do not mix.
        os.write(self._file, msgspec.json.encode(record) + b"\n")
