"""Cases 35 to 39: trouble with the database, the clock, and handlers that are slow."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from evlint.bus import Delivery, Retry
from evlint.bus.conformance.bench import QUICK, Bench, Happened, eventually, record
from evlint.bus.conformance.child import subscribe
from evlint.bus.deliveries import follow_clock
from evlint.bus.operations import backlog, dead_letters


class Enduring:
    """Trouble with the database, the clock, and handlers that are slow."""

    def test_35_a_slow_handler_holds_up_neither_publishers_nor_other_handlers(self, bench: Bench) -> None:
        bus = bench.bus()
        release = threading.Event()

        @bus.subscribe(id="probe.slow")
        def handle(event: Happened) -> None:
            release.wait(10)

        subscribe(bus, bench, only="probe.inside")
        bus.register()
        with bus.running():
            for n in range(100):
                bench.publish(bus, Happened("a", n))
            eventually(lambda: len(bench.effects("probe.inside")) == 100)
            owed, age = backlog(bench.database)
            assert owed == 100
            assert age > 0
            release.set()
            eventually(lambda: bench.statuses("probe.slow") == {"done": 100})

    def test_35_an_outage_does_not_spend_the_attempts_of_all(self, bench: Bench) -> None:
        bus = bench.bus()
        down = True

        @bus.subscribe(id="probe.calling", retry=Retry(attempts=1000, base=0.05, cap=0.05, brake_after=3))
        def call(event: Happened) -> None:
            if down:
                raise ConnectionError("nobody is there")

        bus.register()
        bench.publish(bus, *(Happened("a", n) for n in range(200)))
        with bus.running():
            time.sleep(0.5)
            ((tried,),) = bench.database.rows("SELECT sum(attempts) FROM evbus_delivery")
            assert 3 <= tried < 60, "one at a time is tried while the other side is down"
            down = False
            eventually(lambda: bench.statuses("probe.calling") == {"done": 200})

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
                raise RuntimeError("later")
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
