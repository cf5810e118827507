"""The envelope: what is known of an event besides its data. On the wire it is a CloudEvent 1.0."""

from __future__ import annotations

import os
import time
from base64 import b64decode, b64encode

import msgspec

from evlint.bus.errors import UnreadableEventError

_SCHEMA = "urn:evlint:"


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One event with everything that travels with it.

    Attributes:
        id: unique within its source; the two together are what duplicates are known by.
        type: the event's name, such as `payment.captured`.
        version: of its schema.
        source: the service that published it.
        key: events of one key keep their order, where the handler asks for it.
        occurred_at: when it was published, by RFC 3339.
        correlation_id: shared by all events that followed from one action.
        causation_id: the event whose handler published this one, or None.
        traceparent: the W3C trace context of the publisher, or None.
        hops: how many events lie between this one and the action.
        data: the event itself, as JSON.
    """

    id: str
    type: str
    version: int
    source: str
    key: str | None
    occurred_at: str
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    hops: int
    data: bytes


class _CloudEvent(msgspec.Struct, omit_defaults=True):
    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    partitionkey: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    hops: int = 0
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str | None = None


_encoder = msgspec.json.Encoder()
_check = msgspec.json.Decoder(msgspec.Raw).decode
_decoder = msgspec.json.Decoder(_CloudEvent)


def to_wire(envelope: Envelope) -> bytes:
    """Write an envelope as a CloudEvent in structured mode: one JSON object."""
    event = _CloudEvent(
        "1.0",
        envelope.id,
        envelope.source,
        envelope.type,
        envelope.key,
        envelope.occurred_at,
        "application/json",
        f"{_SCHEMA}{envelope.type}:{envelope.version}",
        envelope.key,
        envelope.correlation_id,
        envelope.causation_id,
        envelope.traceparent,
        envelope.hops,
    )
    try:
        _check(envelope.data)
        event.data = msgspec.Raw(envelope.data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        event.data_base64 = b64encode(envelope.data).decode()
    return _encoder.encode(event)


def from_wire(message: bytes) -> Envelope:
    """Read a CloudEvent in structured mode; what it does not say is filled in.

    Raises:
        UnreadableEventError: it is no CloudEvent 1.0.
    """
    try:
        event = _decoder.decode(message)
        data = bytes(event.data) or (b64decode(event.data_base64, validate=True) if event.data_base64 else b"{}")
    except ValueError as error:
        raise UnreadableEventError(f"not a CloudEvent: {error}") from error
    if event.specversion != "1.0":
        raise UnreadableEventError(f"a CloudEvent of version {event.specversion}, and 1.0 is what is read here")
    if missing := [name for name in ("id", "source", "type") if not getattr(event, name)]:
        raise UnreadableEventError(f"not a CloudEvent: without {', '.join(missing)}")
    version = (event.dataschema or "").rpartition(":")[2]
    return Envelope(
        id=event.id,
        type=event.type,
        version=int(version) if version.isdecimal() else 1,
        source=event.source,
        key=event.partitionkey or event.subject,
        occurred_at=event.time or timestamp(),
        correlation_id=event.correlationid or event.id,
        causation_id=event.causationid,
        traceparent=event.traceparent,
        hops=event.hops,
        data=data,
    )


def uuid7() -> str:
    """A fresh UUID of version 7: unique, and near its neighbours in an index."""
    global _moment  # noqa: PLW0603 - any thread may replace it by a newer one
    milliseconds = time.time_ns() // 1_000_000
    moment = _moment
    if moment[0] != milliseconds:
        digits = f"{milliseconds:012x}"
        moment = _moment = (milliseconds, f"{digits[:8]}-{digits[8:]}-7")
    try:
        return moment[1] + _tails.pop()
    except IndexError:
        _tails.extend(_new_tails())
        return moment[1] + _tails.pop()


def _new_tails() -> list[str]:
    """Draw the random parts of many UUIDs at once, which is cheaper."""
    drawn = os.urandom(10 * _AT_ONCE).hex()
    return [
        f"{drawn[i + 1 : i + 4]}-{'89ab'[int(drawn[i], 16) % 4]}{drawn[i + 4 : i + 7]}-{drawn[i + 7 : i + 19]}"
        for i in range(0, 20 * _AT_ONCE, 20)
    ]


def timestamp() -> str:
    """The time of this host, by RFC 3339."""
    global _now  # noqa: PLW0603 - any thread may replace it by a newer one
    milliseconds = time.time_ns() // 1_000_000
    now = _now
    if now[0] != milliseconds:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
        now = _now = (milliseconds, f"{text}.{milliseconds % 1000:03d}+00:00")
    return now[1]


_AT_ONCE = 256
_moment = (0, "")
_now = (0, "")
_tails: list[str] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tails.clear)  # a child must not draw what its parent draws
