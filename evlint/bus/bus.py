"""The bus: what applications use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from os import PathLike, fspath
from typing import Any, TypeVar, cast

from evlint.bus.base import MAX_BYTES, BaseBus, Observer
from evlint.bus.connections import Connections
from evlint.bus.database import Database
from evlint.bus.envelope import Envelope, from_wire
from evlint.bus.errors import BusError
from evlint.bus.fan_out import subscribe
from evlint.bus.links import Feed, Feeds, Link
from evlint.bus.loop import Loop
from evlint.bus.points import point
from evlint.bus.running import Alarm, Runner, patiently, sound_alarms
from evlint.bus.schema import INSERT, row
from evlint.bus.sqlite import SqliteDatabase
from evlint.bus.subscription import Subscription
from evlint.bus.transactions import write, write_async
from evlint.bus.worker import Worker

Function = TypeVar("Function", bound=Callable[..., Any])


class Bus(BaseBus):
    """Publishes events in the user's own transaction, and delivers them to the handlers that subscribed.

    Args:
        database: `sqlite:///file.db`, `postgresql://…`, a path, or a `Database`.
        source: the name of this service, part of each event's identity.
        observers: see every event and delivery.
        on_dead: called with handler, fingerprint, error and count when there are new dead letters.
        keep: for how long events are remembered after their last delivery, so that duplicates are known.
        max_bytes: the size of an event's data from which it cannot be published.
        grace: for how long a shutdown lets running handlers finish.
    """

    def __init__(
        self,
        database: str | PathLike[str] | Database,
        *,
        source: str,
        observers: tuple[Observer, ...] = (),
        on_dead: Alarm | None = None,
        keep: timedelta = timedelta(days=7),
        max_bytes: int = MAX_BYTES,
        grace: timedelta = timedelta(seconds=25),
    ) -> None:
        super().__init__(source, observers, max_bytes)
        self._connections = Connections(open_database(database))
        self._connections.first.prepare()
        self._on_dead = on_dead
        self._keep = keep
        self._grace = grace
        self._loop = Loop()
        self.links: list[Link] = []
        self.feeds: list[Feed] = []

    # Publishing

    def publish(self, tx: Any, event: object) -> Envelope:
        """Publish an event in the transaction of the state that it tells of.

        Guarantee: the event exists if and only if `tx` is committed, and is then delivered to every
        subscribed handler, sooner or later. Nothing is delivered before the commit.

        Args:
            tx: a sqlite3 or psycopg connection, or a Session, AsyncSession or Connection of SQLAlchemy.
            event: an instance of a class decorated with `@event`.

        Raises:
            PublishError: no transaction is open, the event is too large, or a circle of events does not end.
        """
        envelope = self._published(event)
        write(tx, envelope)
        point("publish.written")
        return envelope

    async def publish_async(self, tx: Any, event: object) -> Envelope:
        """Like `publish`, for an AsyncConnection of psycopg or SQLAlchemy as well."""
        envelope = self._published(event)
        await write_async(tx, envelope)
        point("publish.written")
        return envelope

    def publish_now(self, event: object) -> Envelope:
        """Publish an event in a transaction of its own, where there is no state that it must agree with.

        Guarantee: when this returns, the event is committed.
        """
        envelope = self._published(event)
        with self.database.transaction():
            self.database.change(INSERT, **row(envelope))
            point("publish.written")
        return envelope

    def receive(self, message: Envelope | bytes) -> bool:
        """Take in an event from elsewhere; acknowledge it there when this has returned.

        Guarantee: when this returns, the event is committed, once for each source and id, however often it
        comes, as long as it is remembered. False if it was known already.

        Raises:
            UnreadableEventError: the message is no CloudEvent.
        """
        return self.receive_all([message])[0]

    def receive_all(self, messages: Iterable[Envelope | bytes]) -> list[bool]:
        """Like `receive` for each, in one transaction: all of them are committed, or none."""
        envelopes = [m if isinstance(m, Envelope) else from_wire(m) for m in messages]
        database = self.database
        with database.transaction():
            fresh = [database.change(INSERT, **row(envelope, received=True)) == 1 for envelope in envelopes]
        point("receive.stored")
        return fresh

    # Running

    @property
    def database(self) -> Database:
        """The connection of this thread."""
        return self._connections.get()

    def drain(self) -> int:
        """Deliver, in this thread, all that is owed now and all that follows from it; say how much it was.

        What is to be tried again later stays owed. For tests and small programs.
        """
        self.register()
        worker = self._worker(self.database, list(self.subscriptions.values()))
        total = 0
        while done := worker.step():
            total += done
        sound_alarms(self.database, self._on_dead)
        return total

    @contextmanager
    def running(self, workers: int = 1) -> Iterator[None]:
        """Run the handlers in threads of this process while the block lasts.

        Args:
            workers: how many threads share the handlers with `tx`; the others have threads of their own.

        Raises:
            BusError: the database was locked by others for a minute.
        """
        runner = self._runner(workers)
        runner.start()
        try:
            yield
        finally:
            runner.stop()

    def run(self, workers: int = 1) -> None:
        """Run the handlers until SIGTERM or SIGINT, then let those finish that are at work.

        Guarantee: a shutdown costs no delivery an attempt; what is not done within `grace` is done by others.
        """
        self._runner(workers).run_until_signal()

    def register(self) -> None:
        """Make the subscriptions known, so that events are kept for them; `run`, `running` and `drain` do it."""
        subscribe(self.database, list(self.subscriptions.values()))

    def close(self) -> None:
        """Close the connections of all threads and end the event loop of asynchronous handlers."""
        for link in self.links:
            self._loop.run(link.close())
        self._connections.close()
        self._loop.close()

    def _runner(self, workers: int) -> Runner:
        patiently(self.database, self.register)
        return Runner(
            self._connections.first,
            list(self.subscriptions.values()),
            self._worker,
            feeds=Feeds(self.feeds, self._loop),
            workers=workers,
            on_dead=self._on_dead,
            keep=self._keep.total_seconds(),
            grace=self._grace.total_seconds(),
        )

    def _worker(
        self, database: Database, subscriptions: list[Subscription], cautious: Callable[[], bool] = lambda: False
    ) -> Worker:
        return Worker(database, subscriptions, self._around, self._loop, cautious)


def open_database(where: str | PathLike[str] | Database) -> Database:
    """Open `sqlite:///file`, `postgresql://…`, or a path; a `Database` is itself."""
    url = fspath(where) if isinstance(where, str | PathLike) else None
    if url is None:
        return cast("Database", where)
    if url.startswith(("postgresql://", "postgres://")):
        from evlint.bus.postgres import PostgresDatabase

        return PostgresDatabase(url)
    if "://" in url and not url.startswith("sqlite:///"):
        raise BusError(f"{url.partition(':')[0]} is no database that the bus knows: use sqlite:/// or postgresql://")
    return SqliteDatabase(url.removeprefix("sqlite:///"))
