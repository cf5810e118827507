"""Measure the bus against what it is made of: `python -m bench.bus`.

Each row is one run of both sides by turns, and the median of the ratios. Peers that are not installed
(`pip install blinker lato bubus`) and servers that do not answer (PostgreSQL, NATS) are left out, and named.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

from bench.table import draw
from evlint.bus import Bus, MemoryBus, event, to_wire
from evlint.bus.deliveries import lease
from evlint.bus.distribution import relay
from evlint.bus.fan_out import fan_out
from evlint.bus.schema import INSERT, row

POSTGRES = os.environ.get("EVLINT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NATS = os.environ.get("EVLINT_TEST_NATS", "nats://127.0.0.1:4222")
Rate = Callable[[], float]
NEVER = float("inf")


@event("order.placed", key="order_id")
@dataclass(frozen=True)
class OrderPlaced:
    """An order was placed."""

    order_id: str
    total_cents: int
    customer_id: str


ORDER = OrderPlaced("o-4711", 12_900, "c-17")


class Comparison(NamedTuple):
    """Two ways to do the same, each as a function that runs it once and returns how often a second.

    Attributes:
        goal: the ratio to reach.
        enough: the rate that will do whatever the ratio.
    """

    what: str
    against: str
    goal: float
    enough: float
    ours: Rate
    theirs: Rate


def main() -> int:
    """Print one table; the exit code is 1 if a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.bus", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often both sides run (default: 5)")
    rounds = parser.parse_args().rounds
    python = f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    print(f"{python}, {platform.system()}, {os.cpu_count()} cores, median of {rounds}\n")
    cells: list[tuple[str, ...]] = [("what", "against", "a second", "theirs", "ratio", "goal")]
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for kind in (in_memory, on_sqlite, on_postgres, over_nats):
            with kind(Path(folder)) as comparisons:
                for found in comparisons:
                    pairs = [(found.ours(), found.theirs()) for _ in range(rounds)]
                    ratio = median(ours / theirs for ours, theirs in pairs)
                    missed = missed or (ratio < found.goal and median(ours for ours, _ in pairs) < found.enough)
                    rates = (f"{median(side):,.0f}" for side in zip(*pairs, strict=True))
                    cells.append((found.what, found.against, *rates, f"{ratio:.2f}", f"{found.goal:.1f}"))
    print(draw(cells, words=2))
    return int(missed)


def rate(count: int, work: Callable[[], object]) -> float:
    """Do the work, which is so many things, and return how many that are a second."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def repeated(count: int, once: Callable[[], object]) -> Rate:
    """Do something so many times, and return how often that is a second."""
    return lambda: rate(count, lambda: [once() for _ in range(count)])


# In memory -----------------------------------------------------------------------------------------------------------


@contextmanager
def in_memory(_: Path) -> Iterator[list[Comparison]]:
    """Hand one event to one handler."""
    bus = MemoryBus(source="bench")

    @bus.subscribe(id="bench.handle")
    def handle(event: OrderPlaced) -> None:
        pass

    ours = repeated(50_000, lambda: bus.publish_now(ORDER))
    what = "dispatch in memory, full envelope"
    peers = {"blinker": (0.4, blinker_send), "lato": (4.0, lato_publish), "bubus": (4.0, bubus_dispatch)}
    comparisons = []
    for name, (goal, peer) in peers.items():
        try:
            comparisons.append(Comparison(what, f"{name}, bare", goal, NEVER, ours, peer()))
        except ImportError:
            print(f"{name} is left out: it is not installed", file=sys.stderr)
    yield comparisons
    bus.close()


def blinker_send() -> Rate:
    """Send an object to one function."""
    import blinker

    signal = blinker.Signal()

    def handle(sender: object, event: object) -> None:
        pass

    signal.connect(handle, weak=False)
    return repeated(50_000, lambda: signal.send(None, event=ORDER))


def lato_publish() -> Rate:
    """Publish a pydantic model to one function."""
    from lato import Application, Event

    class Placed(Event):  # type: ignore[misc]
        order_id: str

    application = Application("bench")

    def handle(event: Placed) -> None:
        pass

    application.handler(Placed)(handle)
    placed = Placed(order_id="o-4711")
    return repeated(5_000, lambda: application.publish(placed))


def bubus_dispatch() -> Rate:
    """Dispatch a pydantic model to one coroutine function, and await it."""
    import logging

    os.environ.setdefault("BUBUS_LOGGING_LEVEL", "ERROR")
    from bubus import BaseEvent, EventBus

    logging.getLogger("bubus").setLevel(logging.ERROR)

    class Placed(BaseEvent[None]):  # type: ignore[misc]
        order_id: str

    async def dispatch(count: int) -> None:
        bus = EventBus(name=f"Bench_{uuid4().hex}")

        async def handle(event: Placed) -> None:
            pass

        bus.on(Placed, handle)
        for _ in range(count):
            await bus.dispatch(Placed(order_id="o-4711"))
        await bus.stop()

    return lambda: rate(300, lambda: asyncio.run(dispatch(300)))


# SQLite --------------------------------------------------------------------------------------------------------------


@contextmanager
def on_sqlite(folder: Path) -> Iterator[list[Comparison]]:
    """Publish and consume in a file that survives a power failure."""
    bus = Bus(folder / "bench.db", source="bench")
    connection = sqlite3.connect(folder / "bench.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode = WAL")
    plain.execute("PRAGMA synchronous = FULL")
    plain.execute("CREATE TABLE outbox (seq INTEGER PRIMARY KEY, id TEXT, type TEXT, data BLOB)")
    numbers = itertools.count()
    envelope = bus.envelope(ORDER)

    def publish() -> None:
        connection.execute("BEGIN IMMEDIATE")
        bus.publish(connection, ORDER)
        connection.execute("COMMIT")

    def insert() -> None:
        values = row(envelope) | {"id": str(next(numbers))}
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(INSERT, values)
        connection.execute("COMMIT")

    def insert_plain() -> None:
        plain.execute("BEGIN IMMEDIATE")
        values = (str(next(numbers)), "order.placed", envelope.data)
        plain.execute("INSERT INTO outbox (id, type, data) VALUES (?, ?, ?)", values)
        plain.execute("COMMIT")

    what = "publish, one commit each"
    batched, single = consuming(folder, 500), consuming(folder, 1)
    yield [
        Comparison(
            what, "sqlite3: insert and commit, same table", 0.8, NEVER, repeated(500, publish), repeated(500, insert)
        ),
        Comparison(
            what,
            "sqlite3: bare outbox without an index",
            0.5,
            NEVER,
            repeated(500, publish),
            repeated(500, insert_plain),
        ),
        Comparison("consume, 500 a commit", "the bus: one commit each", 8.0, NEVER, batched, single),
    ]
    connection.close()
    plain.close()
    bus.close()


def consuming(folder: Path, batch: int) -> Rate:
    """Deliver events to one handler that writes a row, so many in a transaction."""
    count = 5_000 if batch > 1 else 500

    def run() -> float:
        bus = Bus(folder / f"{uuid4().hex}.db", source="bench")
        bus.database.change("CREATE TABLE posting (order_id TEXT, cents INTEGER)")

        @bus.subscribe(id="bench.post", batch=batch)
        def post(event: OrderPlaced, tx: sqlite3.Connection) -> None:
            tx.execute("INSERT INTO posting VALUES (?, ?)", (event.order_id, event.total_cents))

        publish_many(bus, count)
        measured = rate(count, bus.drain)
        bus.close()
        return measured

    return run


def publish_many(bus: Bus, count: int) -> None:
    """Publish so many events, and make their deliveries."""
    bus.register()
    with bus.database.transaction() as tx:
        for _ in range(count):
            bus.publish(tx, ORDER)
    while fan_out(bus.database):
        pass


# PostgreSQL ----------------------------------------------------------------------------------------------------------

_RAW_CLAIM = """
UPDATE evbus_delivery SET status = 'running', attempts = attempts + 1, token = %(token)s, next_at = %(until)s
WHERE handler = 'bench.note' AND seq IN (SELECT seq FROM evbus_delivery WHERE handler = 'bench.note'
    AND status IN ('due', 'running', 'waiting') AND next_at <= %(now)s ORDER BY next_at, seq LIMIT 500
    FOR UPDATE SKIP LOCKED)
RETURNING seq"""
_RAW_READ = "SELECT * FROM evbus_event WHERE seq = ANY(%s)"


@contextmanager
def on_postgres(_: Path) -> Iterator[list[Comparison]]:
    """Claim deliveries in batches."""
    try:
        import psycopg

        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except (ImportError, OSError, psycopg.OperationalError) as error:
        print(f"PostgreSQL is left out: {error}", file=sys.stderr)
        yield []
        return
    schema = f"bench_{uuid4().hex}"
    server.execute(f"CREATE SCHEMA {schema}".encode())
    bus = Bus(f"{POSTGRES}?options=-csearch_path%3D{schema}", source="bench")

    @bus.subscribe(id="bench.note")
    def note(event: OrderPlaced) -> None:
        pass

    count = 10_000
    publish_many(bus, count)
    database: Any = bus.database
    database.change("ANALYZE")

    def free() -> None:
        database.change("UPDATE evbus_delivery SET status = 'due', attempts = 0, next_at = 0, token = NULL")

    def claim() -> None:
        found = 1
        while found:
            with database.transaction():
                found = len(lease(database, "bench.note", 500, "bench", 60.0))

    def raw() -> None:
        found = 1
        while found:
            with database.connection.transaction():
                now = time.time()
                rows = database.connection.execute(
                    _RAW_CLAIM, {"token": "raw", "now": now, "until": now + 60}
                ).fetchall()
                found = len(database.connection.execute(_RAW_READ, ([seq for (seq,) in rows],)).fetchall())

    def measured(work: Callable[[], None]) -> float:
        free()
        return rate(count, work)

    yield [
        Comparison("PostgreSQL: claim, 500 a transaction", "psycopg: the statements alone", 0.8, 10_000,
                   lambda: measured(claim), lambda: measured(raw))
    ]  # fmt: skip
    bus.close()
    server.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    server.close()


# NATS ----------------------------------------------------------------------------------------------------------------


@contextmanager
def over_nats(folder: Path) -> Iterator[list[Comparison]]:
    """Send events to a stream, each confirmed by the server."""
    stream = f"bench_{uuid4().hex}"
    try:
        from evlint.bus.with_nats import NatsLink

        asyncio.run(with_stream(lambda js: js.add_stream(name=stream, subjects=[f"{stream}.>"])))
    except Exception as error:  # noqa: BLE001 - of a driver that may be missing
        print(f"NATS is left out: {error}", file=sys.stderr)
        yield []
        return
    bus = Bus(folder / "relay.db", source="bench")
    relay(bus, NatsLink(NATS, stream=stream, subject=f"{stream}.{{type}}"))
    count = 10_000

    def relayed() -> float:
        publish_many(bus, count)
        return rate(count, bus.drain)

    message = to_wire(bus.envelope(ORDER))
    raw = [
        lambda: asyncio.run(with_stream(lambda js: publish_raw(js, f"{stream}.raw", message, 2_000, 1))),
        lambda: asyncio.run(with_stream(lambda js: publish_raw(js, f"{stream}.raw", message, count, 100))),
    ]
    yield [
        Comparison(
            "NATS: relay, from SQLite, marked as sent", "nats-py: publish, one at a time", 0.9, NEVER, relayed, raw[0]
        ),
        Comparison(
            "NATS: relay, from SQLite, marked as sent", "nats-py: publish, 100 in flight", 0.9, NEVER, relayed, raw[1]
        ),
    ]
    bus.close()
    asyncio.run(with_stream(lambda js: js.delete_stream(stream)))


async def with_stream(work: Callable[[Any], Any]) -> Any:
    """Do something with JetStream, on a connection of its own."""
    import nats

    client = await nats.connect(NATS, max_reconnect_attempts=1, reconnect_time_wait=0.1)
    try:
        return await work(client.jetstream())
    finally:
        await client.close()


async def publish_raw(stream: Any, subject: str, message: bytes, count: int, at_once: int) -> float:
    """Publish as the library does, waiting for so many acknowledgements at a time."""
    started = time.perf_counter()
    for _ in range(0, count, at_once):
        headers = [{"Nats-Msg-Id": uuid4().hex} for _ in range(at_once)]
        await asyncio.gather(*(stream.publish(subject, message, headers=each) for each in headers))
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
