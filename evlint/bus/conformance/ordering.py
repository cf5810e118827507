"""Cases 15 to 21: order for those who ask for it, and patience with what comes too early."""

from __future__ import annotations

import threading

import pytest

from evlint.bus import Delivery, NotYet, Retry
from evlint.bus.conformance.bench import PATIENT, QUICK, Bench, Happened, Prepared, eventually, record, seeded
from evlint.bus.conformance.child import subscribe
from evlint.bus.operations import dead_letters, drop, redrive


class Ordering:
    """Order for those who ask for it, and patience with what comes too early."""

    @pytest.mark.parametrize("workers", [1, 8])
    def test_15_events_of_a_key_are_handled_in_their_order(self, bench: Bench, workers: int) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.in_order", errors=0.1)
        bus.register()
        events = [Happened(str(n % 16), n) for n in range(1000)]
        with bus.running(workers=workers):
            for start in range(0, 1000, 50):
                bench.publish(bus, *events[start : start + 50])
            eventually(lambda: bench.statuses("probe.in_order").get("done") == 1000)
        for key in {event.key for event in events}:
            assert bench.numbers("probe.in_order", key) == [event.n for event in events if event.key == key]

    def test_16_a_failing_event_holds_up_its_own_key_only(self, bench: Bench) -> None:
        bus = bench.bus()
        failing = True
        failures = 0

        @bus.subscribe(id="probe.ordered", ordered=True, retry=Retry(attempts=1000, base=0.01, brake_after=1000))
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            nonlocal failures
            if (event.key, event.n) == ("a", 1) and failing:
                failures += 1
                raise RuntimeError("not this time")
            record(tx, "probe.ordered", delivery.envelope.id, event.key, event.n)

        bus.register()
        bench.publish(bus, Happened("a", 1), Happened("b", 2), Happened("a", 3), Happened("b", 4))
        eventually(lambda: bus.drain() >= 0 and failures >= 3)
        assert bench.numbers("probe.ordered", "b") == [2, 4]
        assert bench.numbers("probe.ordered", "a") == []
        failing = False
        bench.settle(bus)
        assert bench.numbers("probe.ordered", "a") == [1, 3]

    @pytest.mark.parametrize("end", ["redrive", "drop"])
    def test_17_a_dead_letter_parks_its_key_until_somebody_decides(self, bench: Bench, end: str) -> None:
        bus = bench.bus()
        broken = True

        @bus.subscribe(id="probe.ordered", ordered=True, retry=QUICK)
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            if broken and event.n == 1:
                raise RuntimeError("broken")
            record(tx, "probe.ordered", delivery.envelope.id, event.key, event.n)

        bus.register()
        bench.publish(bus, Happened("a", 1), Happened("a", 2), Happened("b", 3), Happened("a", 4))
        bench.settle(bus)
        assert bench.numbers("probe.ordered", "a") == []
        assert bench.numbers("probe.ordered", "b") == [3]
        broken = False
        assert (redrive if end == "redrive" else drop)(bench.database, handler="probe.ordered") == 1
        bench.settle(bus)
        assert bench.numbers("probe.ordered", "a") == ([1, 2, 4] if end == "redrive" else [2, 4])

    def test_17_a_handler_that_skips_goes_on_after_a_dead_letter(self, bench: Bench) -> None:
        bus = bench.bus()

        @bus.subscribe(id="probe.ordered", ordered=True, on_dead="skip", retry=QUICK)
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            if event.n == 1:
                raise RuntimeError("broken")
            record(tx, "probe.ordered", delivery.envelope.id, event.key, event.n)

        bus.register()
        bench.publish(bus, Happened("a", 1), Happened("a", 2))
        bench.settle(bus)
        assert bench.numbers("probe.ordered", "a") == [2]

    def test_18_a_transaction_that_is_held_open_is_not_skipped(self, bench: Bench, held_transactions: None) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        other = bench.database.clone()
        with bus.running(), other.transaction() as held:
            bus.publish(held, Happened("a", 1))
            bench.publish(bus, Happened("a", 2))
            eventually(lambda: bench.numbers("probe.inside", "a") == [2])
        with bus.running():
            eventually(lambda: sorted(bench.numbers("probe.inside", "a")) == [1, 2])
            eventually(lambda: sorted(bench.numbers("probe.in_order", "a")) == [1, 2])
        other.close()

    @pytest.mark.parametrize("how", ["after", "raise"])
    def test_19_a_consequence_waits_for_its_cause(self, bench: Bench, how: str) -> None:
        bus = bench.bus()
        prepared: set[str] = set()

        @bus.subscribe(id="probe.prepare", retry=QUICK)
        def prepare(event: Prepared, tx: object) -> None:
            prepared.add(event.key)

        @bus.subscribe(id="probe.consequence", after=(Prepared,) if how == "after" else (), retry=QUICK)
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            if event.key not in prepared:
                raise NotYet(requires=Prepared)
            record(tx, "probe.consequence", delivery.envelope.id, event.key, delivery.attempt)

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bus.drain()
        assert bench.statuses("probe.consequence") == {"waiting": 1}
        bench.publish(bus, Prepared("b"))
        bus.drain()
        assert bench.statuses("probe.consequence") == {"waiting": 1}
        bench.publish(bus, Prepared("a"))
        bus.drain()
        assert bench.numbers("probe.consequence", "a") == [1], "it was handled, and no attempt was spent on waiting"

    def test_19_not_yet_may_name_a_time(self, bench: Bench) -> None:
        bus = bench.bus()
        times = 0

        @bus.subscribe(id="probe.patient", retry=Retry(attempts=1))
        def handle(event: Happened, tx: object, delivery: Delivery) -> None:
            nonlocal times
            times += 1
            if times < 4:
                raise NotYet(0.01)
            record(tx, "probe.patient", delivery.envelope.id, event.key, delivery.attempt)

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bench.settle(bus)
        assert bench.numbers("probe.patient", "a") == [1]

    def test_20_a_cause_that_never_comes_ends_in_a_dead_letter(self, bench: Bench) -> None:
        alarms: list[str] = []
        bus = bench.bus(on_dead=lambda handler, fingerprint, error, count: alarms.append(handler))

        @bus.subscribe(id="probe.consequence", after=(Prepared,), retry=Retry(give_up_after=0.0))
        def handle(event: Happened, tx: object) -> None:
            raise AssertionError("the cause never came")

        bus.register()
        bench.publish(bus, Happened("a", 1))
        bus.drain()
        assert [letter.reason for letter in dead_letters(bench.database)] == ["prerequisite-missing"]
        assert alarms == ["probe.consequence"]

    def test_21_any_order_of_arrival_leads_to_the_same_state(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench, errors=0.2, retry=PATIENT)
        bus.register()
        sender = bench.bus(source="elsewhere")
        envelopes = [sender.envelope(Happened(str(n % 3), n)) for n in range(30)]
        with seeded() as chance:
            chance.shuffle(envelopes)
        threads = [
            threading.Thread(target=lambda half=half: [bus.receive(e) for e in half])
            for half in (envelopes[:15], envelopes[15:])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bench.settle(bus)
        for handler in ("probe.inside", "probe.in_order", "probe.in_batches"):
            assert sorted(n for _, _, n in bench.effects(handler)) == list(range(30))
