"""The envelope is a CloudEvent 1.0; another implementation says so."""

from __future__ import annotations

import json

import msgspec
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from hypothesis import given
from hypothesis import strategies as st

from evlint.bus import Envelope, UnreadableEventError, from_wire, to_wire
from evlint.bus.envelope import uuid7

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ENVELOPES = st.builds(
    Envelope,
    id=WORDS,
    type=WORDS,
    version=st.integers(1, 10**6),
    source=WORDS,
    key=st.none() | WORDS,
    occurred_at=st.just("2026-11-23T10:00:00+00:00"),
    correlation_id=WORDS,
    causation_id=st.none() | WORDS,
    traceparent=st.none() | WORDS,
    hops=st.integers(0, 100),
    data=st.dictionaries(WORDS, WORDS).map(msgspec.json.encode) | st.binary(min_size=1),
)


@given(ENVELOPES)
def test_what_is_read_is_what_was_written(envelope: Envelope) -> None:
    assert from_wire(to_wire(envelope)) == envelope


def test_another_implementation_reads_it() -> None:
    envelope = Envelope(
        uuid7(),
        "payment.captured",
        3,
        "shop/payments",
        "p1",
        "2026-11-23T10:00:00+00:00",
        "c",
        "b",
        None,
        1,
        b'{"a":1}',
    )
    headers = {"content-type": "application/cloudevents+json"}
    event = from_structured_event(HTTPMessage(headers=headers, body=to_wire(envelope)))
    assert event.get_id() == envelope.id
    assert event.get_source() == "shop/payments"
    assert event.get_type() == "payment.captured"
    assert event.get_subject() == "p1"
    assert event.get_data() == {"a": 1}
    extensions = ("partitionkey", "correlationid", "causationid", "hops")
    assert [event.get_extension(name) for name in extensions] == ["p1", "c", "b", 1]


def test_what_a_stranger_leaves_out_is_filled_in() -> None:
    message = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "dataschema": "https://example.org/t"}
    envelope = from_wire(json.dumps(message).encode())
    assert (envelope.version, envelope.key, envelope.correlation_id, envelope.data) == (1, None, "1", b"{}")


@pytest.mark.parametrize(
    "message",
    [b"", b"[]", b"\xff\x00", b'{"specversion": "1.0", "id": "1", "source": "s", "type": ""}',
     b'{"specversion": "0.3", "id": "1", "source": "s", "type": "t"}',
     b'{"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": "?"}'],
)  # fmt: skip
def test_anything_else_is_refused(message: bytes) -> None:
    with pytest.raises(UnreadableEventError, match="CloudEvent"):
        from_wire(message)


def test_ids_are_unique_and_grow() -> None:
    ids = [uuid7() for _ in range(5000)]
    assert len(set(ids)) == 5000
    assert [id_[:13] for id_ in ids] == sorted(id_[:13] for id_ in ids)
    assert all(id_[14] == "7" and id_[19] in "89ab" for id_ in ids)
