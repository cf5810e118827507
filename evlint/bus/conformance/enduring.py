"""Cases 35 to 39: trouble with the database, the clock, and handlers that are slow."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from evlint.bus import Delivery, Retry, RetryAfter, deliveries
from evlint.bus.conformance.bench import QUICK, Bench, Happened, eventually, record
from evlint.bus.conformance.child import subscribe
from evlint.bus.deliveries import follow_clock, lease
from evlint.bus.fan_out import fan_out
from evlint.bus.operations import backlog, dead_letters


class Enduring:
    """Trouble with the database, the clock, and handlers that are slow."""

    def test_35_a_slow_handler_holds_up_neither_publishers_nor_other_handlers(self, bench: Bench) -> None:
        bus = bench.bus()
        release = threading.Event()

        @bus.subscribe(id="probe.slow")
        def handle(event: Happened) -> None:
            release.wait(60)

        subscribe(bus, bench, only="probe.inside")
        bus.register()
        with bus.running():
            for n in range(100):
                bench.publish(bus, Happened("a", n))
            eventually(lambda: len(bench.effects("probe.inside")) == 100)
            owed, age = backlog(bench.database)
            assert owed == 100
            eventually(lambda: bench.statuses("probe.slow").get("running") == 1)
            assert bench.statuses("probe.slow") == {"due": 99, "running": 1}, "no more is taken than can be worked on"
            assert age > 0
            release.set()
            eventually(lambda: bench.statuses("probe.slow") == {"done": 100})

    def test_35_no_more_is_taken_than_memory_is_given(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deliveries, "BYTES_AT_ONCE", 3000)
        bus = bench.bus()

        @bus.subscribe(id="probe.outside", concurrency=500)
        async def handle(event: Happened) -> None: ...

        bus.register()
        bench.publish(bus, *(Happened("x" * size, n) for n, size in enumerate((9000, 1000, 1000, 1000, 1000))))
        fan_out(bench.database)
        sizes = []
        for _ in range(4):
            with bench.database.transaction():
                sizes.append(len(lease(bench.database, "probe.outside", 500, "probe", 60.0)))
        assert sizes == [1, 3, 1, 0], "one may be larger, and is alone then"

    def test_35_an_outage_does_not_spend_the_attempts_of_all(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Retry, "pause", lambda self, attempt: 0.2)
        bus = bench.bus()
        down = True

        @bus.subscribe(id="probe.calling", retry=Retry(attempts=1000, brake_after=3))
        def call(event: Happened) -> None:
            if down:
                raise ConnectionError("nobody is there")

        bus.register()
        bench.publish(bus, *(Happened("a", n) for n in range(200)))
        with bus.running():
            sql = "SELECT coalesce(sum(attempts), 0) FROM evbus_delivery"
            eventually(lambda: bench.database.rows(sql)[0][0] > 5)
            ((before,),), started = bench.database.rows(sql), time.monotonic()
            time.sleep(1.0)
            ((after,),) = bench.database.rows(sql)
            turns = (time.monotonic() - started) / 0.2
            assert after - before <= turns + 2, "one at a time is tried while the other side is down"
            down = False
            eventually(lambda: bench.statuses("probe.calling") == {"done": 200})

    def test_37_trouble_with_the_database_in_a_handler_costs_no_attempt(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bus = bench.bus()
        troubles = 2

        @bus.subscribe(id="probe.troubled")
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            nonlocal troubles
            record(tx, "probe.troubled", delivery.envelope.id, event.key, delivery.attempt)
            if troubles:
                troubles -= 1
                raise TroubleError("made up")

        bus.register()
        bench.publish(bus, Happened("a", 1))
        monkeypatch.setattr(type(bench.database), "is_trouble", lambda self, error: isinstance(error, TroubleError))
        with bus.running():
            eventually(lambda: bench.statuses("probe.troubled") == {"done": 1})
        assert bench.numbers("probe.troubled", "a") == [1]
        assert bench.database.rows("SELECT attempts, tries FROM evbus_delivery") == [(1, 1)]

    def test_37_trouble_with_the_database_costs_no_attempt(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.inside")
        bus.register()
        bench.publish(bus, Happened("a", 1))
        troubles = 5

        kind = type(bench.database)
        original = kind.change

        def change(self: object, sql: str, **values: object) -> int:
            nonlocal troubles
            if "evbus_delivery SET status" in sql and troubles:
                troubles -= 1
                raise TroubleError("made up")
            return original(self, sql, **values)  # type: ignore[arg-type]

        monkeypatch.setattr(kind, "change", change)
        monkeypatch.setattr(kind, "is_trouble", lambda self, error: isinstance(error, TroubleError))
        with caplog.at_level(logging.CRITICAL), bus.running():
            eventually(lambda: bench.statuses("probe.inside") == {"done": 1})
        assert bench.database.rows("SELECT attempts FROM evbus_delivery") == [(1,)]
        assert bench.numbers("probe.inside", "a") == [1]

    def test_39_a_clock_that_was_set_back_makes_nobody_wait_for_ever(self, bench: Bench) -> None:
        bus = bench.bus()
        fail = True

        @bus.subscribe(id="probe.later", retry=QUICK)
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            if fail:
                raise RetryAfter(2.0)
            record(tx, "probe.later", delivery.envelope.id, event.key, event.n)

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bus.drain()
        sql = "UPDATE evbus_delivery SET next_at = next_at + 3600, changed_at = changed_at + 3600"
        bench.database.change(sql)
        fail = False
        bus.drain()
        assert bench.numbers("probe.later", "a") == []
        with bench.database.transaction():
            follow_clock(bench.database)
        bench.settle(bus)
        assert bench.numbers("probe.later", "a") == [1]

    @pytest.mark.parametrize("how", ["commit", "rollback"])
    def test_a_handler_that_ends_the_transaction_is_told_so(self, bench: Bench, how: str) -> None:
        bus = bench.bus()

        @bus.subscribe(id="probe.meddling", retry=Retry(attempts=1))
        def meddle(event: Happened, tx: object, delivery: Delivery) -> None:
            record(tx, "probe.meddling", delivery.envelope.id, event.key, event.n)
            getattr(tx, how)()

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bus.drain()
        assert bench.effects("probe.meddling") == []
        assert [letter.reason for letter in dead_letters(bench.database)] == ["exhausted"]


class TroubleError(Exception):
    """Stands for a database that is locked, full or gone."""
