"""Cases 9 to 14: what comes twice happens once."""

from __future__ import annotations

import threading

import msgspec

from evlint.bus import Envelope, to_wire
from evlint.bus.conformance.bench import Bench, Happened, record
from evlint.bus.conformance.child import subscribe
from evlint.bus.operations import prune


def foreign(bench: Bench, source: str = "elsewhere") -> Envelope:
    """An event that another service published."""
    return bench.bus(source=source).envelope(Happened("a", 1))


class Repeating:
    """What comes twice happens once."""

    def test_09_an_event_that_is_received_five_times_happens_once(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        message = to_wire(foreign(bench))
        assert [bus.receive(message) for _ in range(5)] == [True, False, False, False, False]
        bus.drain()
        assert bus.receive(message) is False
        bus.drain()
        for handler in ("probe.inside", "probe.in_order", "probe.outside"):
            assert bench.numbers(handler, "a") == [1]

    def test_10_an_event_that_two_receive_at_once_happens_once(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        envelopes = [foreign(bench) for _ in range(50)]
        fresh: list[bool] = []
        start = threading.Barrier(2)

        def receive() -> None:
            start.wait()
            fresh.extend(bus.receive(envelope) for envelope in envelopes)

        threads = [threading.Thread(target=receive) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(fresh) == [False] * 50 + [True] * 50
        bus.drain()
        assert bench.numbers("probe.inside", "a") == [1] * 50

    def test_11_a_duplicate_of_what_was_forgotten_is_a_new_event(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.inside")
        bus.register()
        envelope = foreign(bench)
        bus.receive(envelope)
        bus.drain()
        assert prune(bench.database, older_than=3600) == 0
        assert bus.receive(envelope) is False
        assert prune(bench.database, older_than=-1) == 1
        assert bus.receive(envelope) is True
        bus.drain()
        assert bench.numbers("probe.inside", "a") == [1, 1]

    def test_13_what_was_handled_but_not_acknowledged_is_not_handled_again(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        envelope = foreign(bench)
        bus.receive(envelope)
        bus.drain()
        assert bus.receive(envelope) is False
        bus.drain()
        assert bench.numbers("probe.outside", "a") == [1]

    def test_14_the_same_id_from_two_services_means_two_events(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.inside")
        bus.register()
        envelope = foreign(bench)
        assert bus.receive(envelope)
        assert bus.receive(msgspec.structs.replace(envelope, source="third"))
        bus.drain()
        assert bench.numbers("probe.inside", "a") == [1, 1]

    def test_a_relay_is_not_given_what_came_from_elsewhere(self, bench: Bench) -> None:
        bus = bench.bus()

        @bus.subscribe(id="probe.relay", relays=True)
        def relay(envelope: Envelope, tx: object) -> None:
            record(tx, "probe.relay", envelope.id, "", 0)

        bus.register()
        bus.receive(foreign(bench))
        bench.publish(bus, Happened("a", 2))
        bus.drain()
        assert len(bench.effects("probe.relay")) == 1
