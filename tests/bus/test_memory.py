"""The bus in memory hands events out as the durable one does, as far as a process can."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from evlint.bus import Delivery, Envelope, MemoryBus, PublishError, Reject, Retry, correlated, event


@event("order.placed", key="order_id")
@dataclass(frozen=True)
class OrderPlaced:
    """An order was placed."""

    order_id: str


@event("order.paid", key="order_id")
@dataclass(frozen=True)
class OrderPaid:
    """An order was paid."""

    order_id: str


@event("order.placed", key="order_id")
@dataclass(frozen=True)
class Placed:
    """The consumer's own view of an order that was placed."""

    order_id: str


@pytest.fixture
def bus() -> Iterator[MemoryBus]:
    bus = MemoryBus(source="shop")
    yield bus
    bus.close()


def test_each_handler_gets_the_event_as_it_wants_it(bus: MemoryBus) -> None:
    seen: list[object] = []

    @bus.subscribe(id="a.class")
    def by_class(event: OrderPlaced) -> None:
        seen.append(event)

    @bus.subscribe(id="a.own")
    def by_own_class(event: Placed) -> None:
        seen.append(event)

    @bus.subscribe(id="a.any")
    def by_envelope(envelope: Envelope) -> None:
        seen.append(envelope)

    @bus.subscribe(id="a.async")
    async def awaited(event: OrderPlaced, delivery: Delivery) -> None:
        await asyncio.sleep(0)
        seen.append(delivery)

    with correlated("request-1"):
        envelope = bus.publish_now(OrderPlaced("7"))
    assert seen == [OrderPlaced("7"), Placed("7"), envelope, Delivery("a.async", envelope)]
    assert (envelope.correlation_id, envelope.hops, envelope.data) == ("request-1", 0, b'{"order_id":"7"}')


def test_a_failing_handler_is_nobody_elses_concern(bus: MemoryBus) -> None:
    attempts: list[int] = []
    seen: list[str] = []

    @bus.subscribe(id="a.failing", retry=Retry(attempts=3))
    def fail(event: OrderPlaced, delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        raise SystemExit

    @bus.subscribe(id="a.rejecting")
    def reject(event: OrderPlaced) -> None:
        raise Reject("not mine")

    @bus.subscribe(id="a.fine")
    def fine(event: OrderPlaced) -> None:
        seen.append(event.order_id)

    bus.publish_now(OrderPlaced("7"))
    assert attempts == [1, 2, 3]
    assert seen == ["7"]
    letters = [(letter.handler, letter.reason, letter.attempts) for letter in bus.dead_letters]
    assert letters == [("a.failing", "exhausted", 3), ("a.rejecting", "rejected", 1)]


def test_events_wait_for_the_end_of_the_transaction(bus: MemoryBus) -> None:
    seen: list[str] = []

    @bus.subscribe(id="a.seen")
    def see(event: OrderPlaced) -> None:
        seen.append(event.order_id)

    with bus.transaction() as tx:
        bus.publish(tx, OrderPlaced("7"))
        assert seen == []
    assert seen == ["7"]
    with suppress(ZeroDivisionError), bus.transaction() as tx:
        bus.publish(tx, OrderPlaced("8"))
        raise ZeroDivisionError
    assert seen == ["7"]
    with pytest.raises(PublishError, match="open transaction"):
        bus.publish(tx, OrderPlaced("9"))


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_what_handlers_publish_comes_after_them_and_knows_its_cause(bus: MemoryBus, kind: str) -> None:
    seen: list[str] = []
    envelopes: list[Envelope] = []

    def placed(event: OrderPlaced) -> None:
        bus.publish_now(OrderPaid(event.order_id))
        seen.append("placed")

    async def awaited(event: OrderPlaced) -> None:
        placed(event)

    bus.subscribe(id="a.placed")(placed if kind == "plain" else awaited)

    @bus.subscribe(id="a.paid")
    def paid(event: OrderPaid, delivery: Delivery) -> None:
        seen.append("paid")
        envelopes.append(delivery.envelope)

    cause = bus.publish_now(OrderPlaced("7"))
    assert seen == ["placed", "paid"]
    assert [(e.causation_id, e.correlation_id, e.hops) for e in envelopes] == [(cause.id, cause.id, 1)]


def test_what_a_failed_attempt_published_in_tx_is_forgotten(bus: MemoryBus) -> None:
    failures = [True, False]
    paid: list[str] = []

    @bus.subscribe(id="a.placed")
    def placed(event: OrderPlaced, tx: object) -> None:
        bus.publish(tx, OrderPaid(event.order_id))
        if failures.pop(0):
            raise ConnectionError

    @bus.subscribe(id="a.paid")
    def on_paid(event: OrderPaid) -> None:
        paid.append(event.order_id)

    bus.publish_now(OrderPlaced("7"))
    assert paid == ["7"]


def test_a_consequence_waits_for_its_cause(bus: MemoryBus) -> None:
    shipped: list[str] = []

    @bus.subscribe(id="a.ship", after=(OrderPaid,), retry=Retry(attempts=1))
    def ship(event: OrderPlaced) -> None:
        shipped.append(event.order_id)

    bus.publish_now(OrderPlaced("7"))
    bus.publish_now(OrderPaid("8"))
    assert (shipped, bus.drain()) == ([], 0)
    bus.publish_now(OrderPaid("7"))
    assert shipped == ["7"]
    assert bus.dead_letters == []


def test_a_circle_of_events_ends(bus: MemoryBus) -> None:
    times = 0

    @bus.subscribe(id="a.circle", retry=Retry(attempts=1))
    def circle(event: OrderPlaced) -> None:
        nonlocal times
        times += 1
        bus.publish_now(event)

    bus.publish_now(OrderPlaced("7"))
    assert times == 101
    assert "in a circle" in str(bus.dead_letters[0].error)
