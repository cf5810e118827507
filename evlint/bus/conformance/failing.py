"""Cases 22 to 28: what cannot be handled ends where somebody sees it, and holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from evlint.bus import Delivery, PublishError, Reject, Retry, RetryAfter, UnreadableEventError, event
from evlint.bus.conformance.bench import QUICK, Bench, Happened, eventually, record
from evlint.bus.conformance.child import subscribe, subscribe_killer
from evlint.bus.operations import dead_letters, redrive


@event("probe.grew", version=2, upcasters={1: lambda old: {**old, "unit": "cent"}})
class Grew(msgspec.Struct, frozen=True):
    """An event whose second version has a unit."""

    size: int
    unit: str


@event("probe.carried")
class Carried(msgspec.Struct, frozen=True):
    """An event with some bulk."""

    text: str = ""
    data: bytes = b""


class Failing:
    """What cannot be handled ends where somebody sees it, and holds up nobody."""

    def test_22_bytes_that_cannot_be_read_are_dead_at_once(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        envelope = bench.bus(source="elsewhere").envelope(Happened("b", 0))
        bus.receive(msgspec.structs.replace(envelope, data=b"\xff\x00not json"))
        bench.publish(bus, Happened("a", 1))
        bench.settle(bus)
        assert {(d.handler, d.reason, d.attempts) for d in dead_letters(bench.database)} == {
            (handler, "unreadable", 1)
            for handler in ("probe.inside", "probe.in_order", "probe.in_batches", "probe.outside")
        }
        assert bench.numbers("probe.in_order", "a") == [1]
        with pytest.raises(UnreadableEventError):
            bus.receive(b"\x00\xff")
        with pytest.raises(UnreadableEventError):
            bus.receive(b'{"specversion": "1.0", "type": "probe.happened"}')

    def test_23_old_versions_are_lifted_and_those_of_the_future_wait(self, bench: Bench) -> None:
        bus = bench.bus()
        seen = []

        @bus.subscribe(id="probe.grown")
        def handle(event: Grew, tx: object) -> None:
            seen.append(event)

        bus.register()
        envelope = bench.bus(source="elsewhere").envelope(Grew(1, "euro"))
        for version, data in ((1, b'{"size": 5}'), (2, b'{"size": 6, "unit": "euro"}'), (3, b"{}")):
            bus.receive(msgspec.structs.replace(envelope, id=str(version), version=version, data=data))
        bus.drain()
        assert seen == [Grew(5, "cent"), Grew(6, "euro")]
        assert bench.statuses("probe.grown") == {"done": 2, "due": 1}
        bench.database.change("UPDATE evbus_delivery SET next_at = 0, owed_since = 0 WHERE status = 'due'")
        bus.drain()
        assert [letter.reason for letter in dead_letters(bench.database)] == ["unknown-version"]

    def test_24_a_handler_that_always_fails_is_tried_as_often_as_agreed(self, bench: Bench) -> None:
        alarms: list[tuple[str, int]] = []
        bus = bench.bus(on_dead=lambda handler, fingerprint, error, count: alarms.append((handler, count)))
        attempts: list[int] = []

        @bus.subscribe(id="probe.failing", retry=Retry(attempts=4, base=0.001, cap=0.01))
        def fail(event: Happened, tx: object, delivery: Delivery) -> None:
            attempts.append(delivery.attempt)
            record(tx, "probe.failing", delivery.envelope.id, event.key, event.n)
            raise RuntimeError("always")

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bench.settle(bus)
        bus.drain()
        assert attempts == [1, 2, 3, 4]
        assert bench.effects("probe.failing") == [], "what a failed attempt did is undone"
        assert alarms == [("probe.failing", 1)]
        (letter,) = dead_letters(bench.database)
        assert (letter.reason, letter.attempts) == ("exhausted", 4)
        assert "RuntimeError: always" in str(letter.error)

    def test_24_pauses_grow_and_are_drawn_within_their_bounds(self) -> None:
        retry = Retry(base=1.0, cap=5.0)
        for attempt, bound in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (100, 5.0)):
            drawn = [retry.pause(attempt) for _ in range(200)]
            assert all(0 <= pause <= bound for pause in drawn)
            assert max(drawn) > bound / 2 > min(drawn)

    @pytest.mark.parametrize(
        ("raised", "reason"),
        [(Reject("no"), "rejected"), (KeyError("k"), "permanent"), (SystemExit(3), "exhausted"),
         (asyncio.CancelledError(), "exhausted"), (GeneratorExit(), "exhausted")],
        ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
    )  # fmt: skip
    @pytest.mark.parametrize("kind", ["tx", "plain", "async"])
    def test_25_what_a_handler_raises_decides(
        self, bench: Bench, raised: BaseException, reason: str, kind: str
    ) -> None:
        bus = bench.bus()
        retry = Retry(attempts=2, base=0.001, permanent=(KeyError,))

        def with_tx(event: Happened, tx: object) -> None:
            raise raised

        def without(event: Happened) -> None:
            raise raised

        async def awaited(event: Happened) -> None:
            raise raised

        handlers: dict[str, Callable[..., Any]] = {"tx": with_tx, "plain": without, "async": awaited}
        bus.subscribe(id="probe.raising", retry=retry)(handlers[kind])
        subscribe(bus, bench)
        bus.register()
        bench.publish(bus, Happened("a", 1))
        bench.settle(bus)
        assert [(d.handler, d.reason) for d in dead_letters(bench.database)] == [("probe.raising", reason)]
        assert bench.numbers("probe.inside", "a") == [1]

    def test_25_retry_after_counts_and_is_punctual(self, bench: Bench) -> None:
        bus = bench.bus()
        at: list[float] = []

        @bus.subscribe(id="probe.later", retry=Retry(attempts=3))
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            at.append(bench.database.now())
            if delivery.attempt < 3:
                raise RetryAfter(0.05)

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bench.settle(bus)
        assert len(at) == 3
        assert all(later - earlier >= 0.05 for earlier, later in pairwise(at))

    def test_25_an_event_that_kills_its_process_runs_out_of_attempts(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe_killer(bus)
        bus.register()
        bench.publish(bus, *(Happened("a", n) for n in range(3)))
        deaths = 0
        for _ in range(12):
            child = bench.child("killer")
            eventually(lambda child=child: child.poll() is not None or len(bench.effects("probe.killed")) == 2)
            if bench.statuses("probe.killed").get("dead"):
                break
            deaths += child.poll() is not None
        assert [d.reason for d in dead_letters(bench.database)] == ["killed-its-worker"]
        assert sorted(bench.numbers("probe.killed", "a")) == [1, 2]
        assert deaths <= 6

    @pytest.mark.parametrize(
        "carried",
        [Carried(), Carried("\x00\u2028\U0001f600"), Carried(data=bytes(range(256))), Carried("x" * (8 * 1024 * 1024 - 100))],
        ids=["nothing", "odd characters", "bytes", "8 MiB"],
    )  # fmt: skip
    def test_27_what_an_event_carries_arrives(self, bench: Bench, carried: Carried) -> None:
        bus = bench.bus()
        seen = []

        @bus.subscribe(id="probe.carried")
        def handle(event: Carried, tx: object) -> None:
            seen.append(event)

        bus.register()
        bench.publish(bus, carried)
        bus.drain()
        assert seen == [carried]

    def test_27_what_is_too_large_is_refused_in_the_transaction_of_the_publisher(self, bench: Bench) -> None:
        bus = bench.bus()
        with pytest.raises(PublishError, match="8,388,608 is the limit"):
            bench.publish(bus, Happened("a", 1), Carried("x" * (8 * 1024 * 1024)))
        assert bench.state() == []

    def test_28_dead_letters_come_back_with_a_new_budget(self, bench: Bench) -> None:
        bus = bench.bus()
        broken = True

        @bus.subscribe(id="probe.healed", retry=QUICK)
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            if broken or (event.n and delivery.attempt == 1):
                raise (KeyError if event.n else ValueError)("broken")
            record(tx, "probe.healed", delivery.envelope.id, event.key, event.n)

        bus.register()
        bench.publish(bus, *(Happened("a", n) for n in range(4)))
        bench.settle(bus)
        letters = dead_letters(bench.database)
        by_error = {letter.fingerprint for letter in letters}
        assert (len(letters), len(by_error)) == (4, 2)
        broken = False
        assert redrive(bench.database, event=letters[0].event_id) == 1
        bench.settle(bus)
        assert bench.numbers("probe.healed", "a") == [0]
        assert redrive(bench.database, fingerprint=str(letters[1].fingerprint), rate=0.1) == 3
        eventually(lambda: bus.drain() >= 0 and len(bench.effects("probe.healed")) > 1)
        assert bench.numbers("probe.healed", "a") == [0, 1], "the others are due later, by the rate that was asked for"
        bench.database.change("UPDATE evbus_delivery SET next_at = 0 WHERE status = 'due'")
        bench.settle(bus)
        assert sorted(bench.numbers("probe.healed", "a")) == [0, 1, 2, 3]
        assert dead_letters(bench.database) == []
        history = bench.database.rows("SELECT redrives, tries, error FROM evbus_delivery ORDER BY seq")
        assert [redrives for redrives, _, _ in history] == [1, 1, 1, 1]
        assert [tries - QUICK.attempts for _, tries, _ in history] == [1, 2, 2, 2]
        assert all("broken" in error for _, _, error in history), "what went wrong stays known"

    def test_36_a_chain_of_events_knows_its_causes_and_a_circle_ends(self, bench: Bench) -> None:
        bus = bench.bus()
        chain: list[tuple[str, str | None, str]] = []

        @bus.subscribe(id="probe.circle", retry=Retry(attempts=1))
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            envelope = delivery.envelope
            chain.append((envelope.id, envelope.causation_id, envelope.correlation_id))
            bus.publish(tx, Happened(event.key, event.n + 1))

        bus.register()
        bench.publish(bus, Happened("a", 0))
        bus.drain()
        assert len(chain) == 101
        assert [cause for _, cause, _ in chain] == [None, *(id_ for id_, _, _ in chain[:-1])]
        assert {correlation for _, _, correlation in chain} == {chain[0][0]}
        (letter,) = dead_letters(bench.database)
        assert "in a circle" in str(letter.error)
