"""Case 40 and its like: events travel from one bus to another over real brokers, whatever these do."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest
import redis
from nats.js.api import StorageType, StreamConfig

from evlint.bus import Bus, Delivery, event, to_wire
from evlint.bus.conformance.bench import eventually
from evlint.bus.distribution import receive, relay
from evlint.bus.operations import counts, dead_letters
from evlint.bus.points import watch
from tests.bus.brokers import Broker, Nats, Rabbit, Redis, SmallNats, wait_for_port

EVENTS = 10_000 if os.environ.get("EVLINT_BUS_LONG") else 1_000
RABBIT_PORT = 5672


@event("parcel.sent", key="parcel_id")
@dataclass(frozen=True)
class ParcelSent:
    """A parcel has left."""

    parcel_id: str
    label: str = ""


@pytest.fixture(params=["nats", "redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, tmp_path: Path, lacking: Callable[[str], NoReturn]) -> Iterator[Broker]:
    found: Broker
    if request.param == "rabbitmq":
        try:
            wait_for_port(RABBIT_PORT, 1.0)
        except OSError:
            lacking(f"no RabbitMQ answers at port {RABBIT_PORT}")
        found = Rabbit(RABBIT_PORT)
    else:
        found, program = (
            (Nats(tmp_path), "nats-server") if request.param == "nats" else (Redis(tmp_path), "redis-server")
        )
        if shutil.which(program) is None:
            lacking(f"{program} is not installed")
    yield found
    found.close()


class Ends:
    """A service that sends and one that receives."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.sender = Bus(folder / "sender.db", source="shop")
        self.receiver = Bus(folder / "receiver.db", source="depot")
        self.seen: list[tuple[str, str]] = []
        relay(self.sender, broker.link(timeout=2.0))
        receive(self.receiver, broker.link(timeout=2.0))

        @self.receiver.subscribe(id="depot.note", batch=100)
        def note(event: ParcelSent, tx: object, delivery: Delivery) -> None:
            self.seen.append((delivery.envelope.id, event.parcel_id))

        for bus in (self.sender, self.receiver):
            bus.register()

    def publish(self, *events: ParcelSent) -> None:
        with self.sender.database.transaction() as tx:
            for published in events:
                self.sender.publish(tx, published)

    def close(self) -> None:
        self.sender.close()
        self.receiver.close()


@pytest.fixture
def ends(broker: Broker, tmp_path: Path) -> Iterator[Ends]:
    ends = Ends(broker, tmp_path)
    yield ends
    ends.close()


def parcels(ends: Ends) -> list[str]:
    return sorted(parcel for _, parcel in ends.seen)


def test_40_what_one_service_publishes_another_handles_once(broker: Broker, ends: Ends) -> None:
    broker.start()
    with ends.receiver.running(), ends.sender.running():
        ends.publish(*(ParcelSent(f"{n:05}") for n in range(400)))
        eventually(lambda: len(ends.seen) >= 400)
    assert parcels(ends) == [f"{n:05}" for n in range(400)]
    sent = ends.sender.database.rows("SELECT id FROM evbus_event")
    assert {id_ for id_, _ in ends.seen} == {id_ for (id_,) in sent}
    assert counts(ends.sender.database) == {f"relay.{ends.sender.links[0].name}": {"done": 400}}
    assert ends.sender.database.rows("SELECT DISTINCT attempts FROM evbus_delivery") == [(1,)]


def test_40_a_broker_that_is_down_delays_and_loses_nothing(broker: Broker, ends: Ends) -> None:
    events = [ParcelSent(f"{n:05}") for n in range(EVENTS)]
    with ends.receiver.running(), ends.sender.running():
        ends.publish(*events[:10])
        eventually(lambda: ends.sender.database.rows("SELECT sum(attempts) FROM evbus_delivery")[0][0] not in (None, 0))
        broker.start()
        eventually(lambda: len(ends.seen) >= 10)
        at = 10
        for share in (3, 2, 1):
            ends.publish(*events[at : EVENTS // share])
            at = EVENTS // share
            if share > 1:
                eventually(lambda at=at: len(ends.seen) > at // 2)
                broker.stop()
                ends.publish(events[at])
                at += 1
                broker.start()
        eventually(lambda: len(ends.seen) >= EVENTS)
        eventually(lambda: set(*counts(ends.sender.database).values()) == {"done"})
    assert parcels(ends) == [e.parcel_id for e in events]
    assert dead_letters(ends.sender.database) == []


def test_40_duplicates_on_the_wire_are_handled_once(broker: Broker, ends: Ends) -> None:
    broker.start()
    envelopes = [ends.sender.envelope(ParcelSent(f"{n}")) for n in range(3)]
    with ends.receiver.running():
        eventually(lambda: arrives(broker, ends))
        broker.put(*[to_wire(envelope) for envelope in envelopes] * 5)
        broker.put(to_wire(ends.sender.envelope(ParcelSent("last"))))
        eventually(lambda: "last" in parcels(ends))
    assert parcels(ends) == ["0", "1", "2", "first", "last"]


def test_40_what_was_stored_and_not_acknowledged_is_handled_once(broker: Broker, ends: Ends) -> None:
    broker.start()
    failures = 1

    def fail(name: str) -> None:
        nonlocal failures
        if name == "receive.stored" and failures:
            failures -= 1
            raise ConnectionError("before it was acknowledged")

    with ends.receiver.running():
        eventually(lambda: arrives(broker, ends))
        watch(fail)
        try:
            broker.put(to_wire(ends.sender.envelope(ParcelSent("a"))))
            eventually(lambda: not failures and "a" in parcels(ends))
        finally:
            watch(None)
        broker.put(to_wire(ends.sender.envelope(ParcelSent("b"))))
        eventually(lambda: "b" in parcels(ends))
    assert parcels(ends) == ["a", "b", "first"]


def test_22_23_what_cannot_be_read_is_kept_and_holds_up_nobody(broker: Broker, ends: Ends) -> None:
    broker.start()
    good = ends.sender.envelope(ParcelSent("good"))
    odd = [
        b"\x00\xff",
        b'{"specversion": "1.0", "type": "parcel.sent"}',
        to_wire(good)
        .replace(b'"specversion"', b'"hops":1' + b"0" * 30 + b',"specversion"')
        .replace(good.id.encode(), b"huge"),
    ]
    unknown = [
        msgspec.structs.replace(good, id="type", type="parcel.eaten"),
        msgspec.structs.replace(good, id="version", version=7),
    ]
    with ends.receiver.running():
        eventually(lambda: arrives(broker, ends))
        broker.put(*odd, *map(to_wire, unknown), to_wire(good))
        eventually(lambda: "good" in parcels(ends))
        eventually(lambda: len(dead_letters(ends.receiver.database)) == 3)
    assert parcels(ends) == ["first", "good"]
    letters = dead_letters(ends.receiver.database)
    name = ends.receiver.links[0].name
    assert {(letter.handler, letter.attempts) for letter in letters} == {(f"receive.{name}", 1)}
    kept = ends.receiver.database.rows("SELECT data FROM evbus_event WHERE type LIKE 'evbus.unreadable%' ORDER BY seq")
    assert {bytes(data) for (data,) in kept} == set(odd)
    waiting = "SELECT e.id, d.status FROM evbus_delivery d JOIN evbus_event e ON e.seq = d.seq WHERE d.status = 'due'"
    assert ends.receiver.database.rows(waiting) == [("version", "due")]


def test_27_eight_mebibytes_arrive(broker: Broker, ends: Ends) -> None:
    broker.start()
    label = "x" * (8 * 1024 * 1024 - 100)
    seen: list[int] = []

    @ends.receiver.subscribe(id="depot.weigh")
    def weigh(event: ParcelSent, tx: object) -> None:
        seen.append(len(event.label))

    with ends.receiver.running(), ends.sender.running():
        ends.publish(ParcelSent("heavy", label))
        eventually(lambda: seen == [len(label)])


def test_26_what_a_broker_never_takes_holds_up_nobody(tmp_path: Path, lacking: Callable[[str], NoReturn]) -> None:
    if shutil.which("nats-server") is None:
        lacking("nats-server is not installed")
    broker = SmallNats(tmp_path)
    broker.start()
    ends = Ends(broker, tmp_path)
    with ends.receiver.running(), ends.sender.running():
        ends.publish(ParcelSent("a"), ParcelSent("huge", "x" * 200_000), ParcelSent("b"))
        eventually(lambda: parcels(ends) == ["a", "b"])
        eventually(lambda: len(dead_letters(ends.sender.database)) == 1)
    (letter,) = dead_letters(ends.sender.database)
    assert (letter.reason, letter.attempts) == ("permanent", 1)
    assert "the server takes 100,000" in str(letter.error)
    ends.close()
    broker.close()


def test_the_doctor_knows_how_a_broker_should_be_set_up(broker: Broker, ends: Ends) -> None:
    link = ends.sender.links[0]
    assert any("cannot be reached" in sentence for sentence in asyncio.run(link.health()))
    broker.start()
    if isinstance(broker, Rabbit):
        assert "has no queue" in asyncio.run(link.health())[0]
        broker.run(lambda channel: channel.declare_queue(broker.name, durable=True))
        assert "is not a durable quorum queue" in asyncio.run(link.health())[0]
        broker.run(lambda channel: channel.queue_delete(broker.name))
        with ends.receiver.running():
            eventually(lambda: asyncio.run(link.health()) == [])
    elif isinstance(broker, Redis):
        assert asyncio.run(link.health()) == []
        with redis.Redis(port=broker.port) as client:
            client.config_set("appendfsync", "everysec")
            client.config_set("maxmemory-policy", "allkeys-lru")
            found = " ".join(asyncio.run(link.health()))
            assert "appendfsync is everysec" in found
            assert "maxmemory-policy is allkeys-lru" in found
            client.config_set("appendonly", "no")
        assert "appendonly is off" in " ".join(asyncio.run(link.health()))
    elif isinstance(broker, Nats):
        (found,) = asyncio.run(link.health())
        assert "1 replicas" in found
        broker.run(lambda js: js.delete_stream("events"))
        assert asyncio.run(link.health()) == ["NATS has no stream events"]
        config = StreamConfig(name="events", subjects=["events.>"], storage=StorageType.MEMORY, duplicate_window=1.0)
        broker.run(lambda js: js.add_stream(config))
        found = " ".join(asyncio.run(link.health()))
        assert "is kept in memory" in found
        assert "knows duplicates for 1 s" in found


def arrives(broker: Broker, ends: Ends) -> bool:
    """Whether what is put in comes out, so that all queues are there."""
    if not ends.seen:
        try:
            broker.put(to_wire(ends.sender.envelope(ParcelSent("first"))))
        except Exception:  # noqa: BLE001 - of many libraries
            return False
        eventually(lambda: ends.seen)
    return True
