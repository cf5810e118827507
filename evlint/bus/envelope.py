"""The envelope: what is known of an event besides its data. On the wire it is a CloudEvent 1.0."""

from __future__ import annotations

import os
import time
from base64 import b64decode, b64encode
from datetime import datetime, timezone
from typing import Any

import msgspec

from evlint.bus.errors import UnreadableEventError

_SCHEMA = "urn:evlint:"


class Envelope(msgspec.Struct, frozen=True):
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
_decoder = msgspec.json.Decoder(_CloudEvent)


def to_wire(envelope: Envelope) -> bytes:
    """Write an envelope as a CloudEvent in structured mode: one JSON object."""
    event = _CloudEvent(specversion="1.0", **attributes(envelope))
    try:
        msgspec.json.decode(envelope.data)
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
    return from_attributes({name: getattr(event, name) for name in event.__struct_fields__}, data)


def attributes(envelope: Envelope) -> dict[str, Any]:
    """The CloudEvents attributes of an envelope, without the data and without those that are empty."""
    found = {
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.key,
        "time": envelope.occurred_at,
        "datacontenttype": "application/json",
        "dataschema": f"{_SCHEMA}{envelope.type}:{envelope.version}",
        "partitionkey": envelope.key,
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
        "traceparent": envelope.traceparent,
        "hops": envelope.hops,
    }
    return {name: value for name, value in found.items() if value is not None}


def from_attributes(found: dict[str, Any], data: bytes) -> Envelope:
    """Build an envelope from CloudEvents attributes, in binary mode the headers of a message.

    Raises:
        UnreadableEventError: id, source or type is missing.
    """
    missing = [name for name in ("id", "source", "type") if not found.get(name)]
    if missing:
        raise UnreadableEventError(f"not a CloudEvent: without {', '.join(missing)}")
    version = str(found.get("dataschema") or "").rpartition(":")[2]
    hops = str(found.get("hops") or 0)
    return Envelope(
        id=found["id"],
        type=found["type"],
        version=int(version) if version.isdecimal() else 1,
        source=found["source"],
        key=found.get("partitionkey") or found.get("subject"),
        occurred_at=found.get("time") or timestamp(),
        correlation_id=found.get("correlationid") or found["id"],
        causation_id=found.get("causationid"),
        traceparent=found.get("traceparent"),
        hops=int(hops) if hops.isdecimal() else 0,
        data=data,
    )


def uuid7() -> str:
    """A fresh UUID of version 7: unique, and near its neighbours in an index."""
    random = int.from_bytes(os.urandom(10), "big")
    number = (time.time_ns() // 1_000_000) << 80 | random
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def timestamp() -> str:
    """The time of this host, by RFC 3339."""
    return datetime.now(timezone.utc).isoformat()
