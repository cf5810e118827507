"""Cases 1 to 8: everything that was committed is delivered, nothing else."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from evlint.bus import Delivery
from evlint.bus.conformance.bench import QUICK, Bench, Followed, Happened, eventually, record
from evlint.bus.conformance.child import subscribe


class Delivering:
    """Everything that was committed is delivered, nothing else."""

    def test_01_all_that_was_published_is_delivered_once_and_as_it_was(self, bench: Bench) -> None:
        bus = bench.bus()
        seen = []

        @bus.subscribe(id="probe.seen")
        def see(event: Happened, tx: object, delivery: Delivery) -> None:
            seen.append((event, delivery.envelope))

        bus.register()
        events = [Happened(str(n % 7), n) for n in range(100)]
        with bench.database.transaction() as tx:
            envelopes = [bus.publish(tx, event) for event in events]
        bus.drain()
        assert seen == list(zip(events, envelopes, strict=True))

    def test_02_what_was_rolled_back_was_never_published(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        with suppress(ZeroDivisionError), bench.database.transaction() as tx:
            bus.publish(tx, Happened("a", 1))
            raise ZeroDivisionError
        with bench.database.transaction() as tx:
            with suppress(ZeroDivisionError), bench.database.savepoint():
                bus.publish(tx, Happened("a", 2))
                raise ZeroDivisionError
            bus.publish(tx, Happened("a", 3))
        bus.drain()
        assert bench.numbers("probe.inside", "a") == [3]

    def test_03_a_handler_that_fails_is_no_concern_of_others(self, bench: Bench) -> None:
        bus = bench.bus()

        @bus.subscribe(id="probe.failing", retry=QUICK)
        def fail(event: Happened, tx: object) -> None:
            raise RuntimeError("never works")

        subscribe(bus, bench)
        bus.register()
        bench.publish(bus, Happened("a", 1))
        bench.settle(bus)
        assert bench.statuses("probe.failing") == {"dead": 1}
        for handler in ("probe.inside", "probe.in_order", "probe.outside"):
            assert bench.numbers(handler, "a") == [1]

    def test_04_two_processes_with_many_workers_lose_and_repeat_nothing(
        self, bench: Bench, several_processes: None
    ) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        with bench.database.transaction() as tx:
            for n in range(500):
                bus.publish(tx, Happened(str(n % 16), n))
                bench.database.change("INSERT INTO probe_state (key, n) VALUES ('', :n)", n=n)
        child = bench.child("work")
        with bus.running(workers=4):
            eventually(lambda: bench.statuses("probe.inside").get("done") == 500)
            eventually(lambda: bench.statuses("probe.outside").get("done") == 500)
        child.terminate()
        assert child.wait(30) == 0
        for handler in ("probe.inside", "probe.outside", "probe.in_order", "probe.in_batches"):
            eventually(lambda handler=handler: not bus.drain() and bench.account(handler)["lost"] == 0)
            assert bench.account(handler) == {"lost": 0, "doubled": 0, "unexpected": 0, "without state": 0}

    @pytest.mark.parametrize(("since", "expected"), [("now", []), ("beginning", [1, 2])])
    def test_05_a_new_handler_gets_the_past_if_it_asks(self, bench: Bench, since: str, expected: list[int]) -> None:
        first = bench.bus()
        subscribe(first, bench, only="probe.inside")
        first.register()
        bench.publish(first, Happened("a", 1), Happened("a", 2))
        first.drain()
        second = bench.bus()

        @second.subscribe(id="probe.new", since=since, ordered=True)
        def new(event: Happened, tx: object, delivery: Delivery) -> None:
            record(tx, "probe.new", delivery.envelope.id, event.key, event.n)

        second.drain()
        assert bench.numbers("probe.new", "a") == expected
        bench.publish(first, Happened("a", 3))
        second.drain()
        assert bench.numbers("probe.new", "a") == [*expected, 3]

    def test_06_events_are_kept_for_a_handler_whose_process_is_down(self, bench: Bench) -> None:
        consumer, publisher = bench.bus(), bench.bus()
        subscribe(consumer, bench)
        consumer.register()
        bench.publish(publisher, Happened("a", 1))
        publisher.drain()
        assert bench.numbers("probe.inside", "a") == []
        consumer.drain()
        assert bench.numbers("probe.inside", "a") == [1]

    def test_07_closing_at_once_loses_nothing(self, bench: Bench) -> None:
        bus = bench.bus()

        @bus.subscribe(id="probe.all", batch=200)
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            record(tx, "probe.all", delivery.envelope.id, event.key, event.n)

        bus.register()
        with bus.running():
            for start in range(0, 10_000, 1000):
                bench.publish(bus, *(Happened("a", n) for n in range(start, start + 1000)))
        eventually(lambda: not bus.drain())
        assert sorted(bench.numbers("probe.all", "a")) == list(range(10_000))

    def test_08_what_nobody_was_woken_for_is_found(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        bus = bench.bus(grace=timedelta(seconds=1))
        subscribe(bus, bench, only="probe.inside")

        def deaf(self: object, seconds: float) -> None:
            threading.Event().wait(seconds)

        monkeypatch.setattr(type(bench.database), "wait", deaf)
        with bus.running():
            bench.publish(bus, Happened("a", 1))
            eventually(lambda: bench.numbers("probe.inside", "a") == [1])

    def test_an_asynchronous_handler_runs_beside_its_like(self, bench: Bench) -> None:
        bus = bench.bus()
        together: list[int] = []
        running = 0

        @bus.subscribe(id="probe.async", concurrency=5)
        async def handle(event: Happened, delivery: Delivery) -> None:
            nonlocal running
            running += 1
            together.append(running)
            await asyncio.sleep(0.02)
            running -= 1

        bus.register()
        bench.publish(bus, *(Happened("a", n) for n in range(10)))
        bus.drain()
        assert len(together) == 10
        assert max(together) == 5

    def test_what_a_handler_publishes_commits_with_its_delivery(self, bench: Bench) -> None:
        bus = bench.bus()
        failures: list[Any] = [RuntimeError("first"), None]
        followed = []

        @bus.subscribe(id="probe.publishing", retry=QUICK)
        def publish(event: Happened, tx: object) -> None:
            bus.publish(tx, Followed(event.key))
            if error := failures.pop(0):
                raise error

        @bus.subscribe(id="probe.followed")
        def follow(event: Followed, tx: object, delivery: Delivery) -> None:
            followed.append(delivery.envelope)

        bus.register()
        with bench.database.transaction() as tx:
            cause = bus.publish(tx, Happened("a", 1))
        bench.settle(bus)
        assert [(e.causation_id, e.correlation_id, e.hops) for e in followed] == [(cause.id, cause.correlation_id, 1)]
