"""What an event class must be, and how its data travels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from pydantic import BaseModel, ConfigDict

from evlint.bus import EventTypeError, UnknownVersionError, UnreadableEventError, event
from evlint.bus.events import event_type


@event("payment.captured", version=2, key="payment_id", upcasters={1: lambda old: {**old, "currency": "EUR"}})
@dataclass(frozen=True, slots=True)
class Captured:
    payment_id: UUID
    amount: Decimal
    at: datetime
    currency: str


@event("payment.settled", key="payment_id")
class Settled(msgspec.Struct, frozen=True):
    payment_id: str
    lines: tuple[int, ...] = ()


@event("payment.refunded", key="payment_id")
class Refunded(BaseModel):
    model_config = ConfigDict(frozen=True)
    payment_id: str
    amount: Decimal


ID = UUID(int=7)


@pytest.mark.parametrize(
    "fact",
    [
        Captured(ID, Decimal("1.10"), datetime(2026, 1, 2, tzinfo=timezone.utc), "CHF"),
        Settled("p", (1, 2)),
        Refunded(payment_id="p", amount=Decimal("0.30")),
    ],
    ids=["dataclass", "struct", "pydantic"],
)
def test_an_event_comes_back_as_it_was(fact: object) -> None:
    kind = event_type(type(fact))
    assert kind.decode(kind.encode(fact), kind.version) == fact


def test_a_key_is_text() -> None:
    captured = Captured(ID, Decimal(1), datetime.now(timezone.utc), "CHF")
    assert event_type(Captured).key_of(captured) == str(ID)


def test_fields_that_a_reader_does_not_know_are_passed_over() -> None:
    assert event_type(Settled).decode(b'{"payment_id": "p", "new": 1}', 1) == Settled("p")


def test_an_old_version_is_lifted() -> None:
    data = b'{"payment_id": "00000000-0000-0000-0000-000000000007", "amount": "1", "at": "2026-01-02T00:00:00Z"}'
    assert event_type(Captured).decode(data, 1).currency == "EUR"


@pytest.mark.parametrize("version", [0, 3])
def test_a_version_that_nothing_leads_from_is_unknown(version: int) -> None:
    with pytest.raises(UnknownVersionError, match="knows version 2"):
        event_type(Captured).decode(b"{}", version)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"payment_id": 1}'])
def test_other_data_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        event_type(Settled).decode(data, 1)


@dataclass
class Mutable:
    key: str


class MutableModel(BaseModel):
    key: str


@pytest.mark.parametrize(
    ("cls", "options", "message"),
    [
        pytest.param(Mutable, {}, "frozen=True", id="a dataclass that can be changed"),
        pytest.param(MutableModel, {}, "frozen=True", id="a model that can be changed"),
        pytest.param(int, {}, "neither a dataclass", id="no class with fields"),
        pytest.param(Settled, {"key": "order_id"}, "has no field 'order_id'", id="a key that is no field"),
        pytest.param(Settled, {"version": 0}, "from 1 on", id="version 0"),
    ],
)
def test_a_class_that_cannot_be_an_event(cls: type, options: dict[str, Any], message: str) -> None:
    with pytest.raises(EventTypeError, match=message):
        event("some.thing", **options)(cls)


def test_a_subclass_is_no_event_by_inheritance() -> None:
    class Special(Settled, frozen=True):
        pass

    with pytest.raises(EventTypeError, match="decorate it with @event"):
        event_type(Special)
