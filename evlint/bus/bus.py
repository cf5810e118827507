"""The bus: what applications use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from os import PathLike, fspath, getpid
from typing import Any, Protocol, TypeVar, cast

from evlint.bus.database import Database
from evlint.bus.delivery import Action, Claim, action
from evlint.bus.envelope import Envelope, from_wire, timestamp, uuid7
from evlint.bus.errors import BusError, HandlerError, PublishError
from evlint.bus.events import event_type
from evlint.bus.fan_out import subscribe
from evlint.bus.points import point
from evlint.bus.retry import Retry
from evlint.bus.running import Alarm, Loop, Runner, sound_alarms
from evlint.bus.sqlite import SqliteDatabase
from evlint.bus.subscription import Subscription, subscription
from evlint.bus.transactions import write, write_async
from evlint.bus.worker import Worker

Function = TypeVar("Function", bound=Callable[..., Any])
MAX_BYTES = 8 * 1024 * 1024
MAX_HOPS = 100


class Observer(Protocol):
    """Sees every event that is published and every delivery that is made, to trace or record it."""

    def publishing(self, envelope: Envelope) -> Envelope:
        """Return the envelope to store; it may get a trace context."""

    def handling(self, subscription: Subscription, claim: Claim) -> AbstractContextManager[object]:
        """Make the context in which a handler runs."""


class Bus:
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
        if not source or any(c.isspace() for c in source):
            raise BusError(f"source names this service, without spaces, such as 'shop/payments'; got {source!r}")
        self.source = source
        self.subscriptions: dict[str, Subscription] = {}
        self.observers = observers
        self._first = open_database(database)
        self._first.prepare()
        self._own = threading.local()
        self._on_dead = on_dead
        self._keep = keep
        self._grace = grace
        self._max_bytes = max_bytes
        self._loop = Loop()

    # Subscribing

    def subscribe(
        self,
        *,
        id: str,  # noqa: A002 - what users write
        retry: Retry = Retry(),  # noqa: B008 - immutable
        ordered: bool = False,
        on_dead: str = "park",
        batch: int = 1,
        concurrency: int = 1,
        lease: float = 60.0,
        after: Mapping[type, str | None] | tuple[type, ...] = (),
        since: str = "now",
        types: tuple[str, ...] = (),
        relays: bool = False,
    ) -> Callable[[Function], Function]:
        """Make a function a handler of the event type that its first parameter is annotated with.

        Guarantee: every event that is committed after the first start of the handler is delivered to it,
        also those published while its process is down. With a parameter `tx` its changes in that
        transaction happen once for each event, whatever crashes. Without, it runs at least once for each
        event; `delivery.idempotency_key` is the same for every repetition.

        Args:
            id: under which deliveries are remembered; never changes.
            retry: how often and when a failed delivery is tried again.
            ordered: events of one key are handled one after the other, in the order of their publication.
            on_dead: with `ordered`, whether a dead letter holds up its key (`park`) or not (`skip`).
            batch: how many deliveries may share one transaction; a crash repeats them together.
            concurrency: how many deliveries of a handler without `tx` run at a time in one process.
            lease: for how many seconds a handler without `tx` has a delivery before another worker takes
                over; it is prolonged while the process lives.
            after: event types that must have been handled by the handlers of this group (the id up to the
                last dot) before; with the field of this event that has their key, unless it is the same.
            since: `beginning` delivers the events that are still remembered to a new handler as well.
            types: for a handler that takes an `Envelope`, the names of the events; all by default.
            relays: the handler sends events elsewhere, so it gets none that were received from elsewhere.

        Raises:
            HandlerError: the signature does not say what the handler takes.
            EventTypeError: what it takes is no event.
        """

        def decorate(function: Function) -> Function:
            if id in self.subscriptions:
                raise HandlerError(f"two handlers have the id {id!r}; deliveries are remembered by it")
            self.subscriptions[id] = subscription(
                function,
                id=id,
                retry=retry,
                ordered=ordered,
                on_dead=on_dead,
                batch=batch,
                concurrency=concurrency,
                lease=lease,
                after=after,
                since=since,
                names=types,
                relays=relays,
            )
            return function

        return decorate

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
        envelope = self.envelope(event)
        write(tx, envelope)
        point("publish.written")
        return envelope

    async def publish_async(self, tx: Any, event: object) -> Envelope:
        """Like `publish`, for an AsyncConnection of psycopg or SQLAlchemy as well."""
        envelope = self.envelope(event)
        await write_async(tx, envelope)
        point("publish.written")
        return envelope

    def publish_now(self, event: object) -> Envelope:
        """Publish an event in a transaction of its own, where there is no state that it must agree with.

        Guarantee: when this returns, the event is committed.
        """
        envelope = self.envelope(event)
        with self.database.transaction():
            self.database.insert(envelope)
            point("publish.written")
        return envelope

    def envelope(self, event: object) -> Envelope:
        """Wrap an event, with the ids of the action or event that it follows from."""
        kind = event_type(type(event))
        data = kind.encode(event)
        if len(data) > self._max_bytes:
            raise PublishError(
                f"{kind.name} has {len(data):,} bytes, and {self._max_bytes:,} is the limit: store the bulk"
                " elsewhere and publish where it is, or raise max_bytes"
            )
        id_ = uuid7()
        cause = action.get() or Action(id_)
        if cause.hops >= MAX_HOPS:
            raise PublishError(
                f"{kind.name} follows from {MAX_HOPS} events: do {cause.handler} and others go in a circle?"
            )
        envelope = Envelope(
            id_,
            kind.name,
            kind.version,
            self.source,
            kind.key_of(event),
            timestamp(),
            cause.correlation_id,
            cause.causation_id,
            None,
            cause.hops + 1,
            data,
        )
        for observer in self.observers:
            envelope = observer.publishing(envelope)
        return envelope

    def receive(self, message: Envelope | bytes) -> bool:
        """Take in an event from elsewhere; acknowledge it there when this has returned.

        Guarantee: when this returns, the event is committed, once for each source and id, however often it
        comes, as long as it is remembered. False if it was known already.

        Raises:
            UnreadableEventError: the message is no CloudEvent.
        """
        envelope = message if isinstance(message, Envelope) else from_wire(message)
        with self.database.transaction():
            fresh = self.database.insert(envelope, received=True)
        point("receive.stored")
        return fresh

    # Running

    @property
    def database(self) -> Database:
        """The connection of this thread."""
        if getattr(self._own, "pid", None) != getpid():
            self._own.database = self._first.clone()
            self._own.pid = getpid()
        found: Database = self._own.database
        return found

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
        """Close the connections of this thread and end the event loop of asynchronous handlers."""
        if getattr(self._own, "pid", None) == getpid():
            self._own.database.close()
            del self._own.pid
        self._first.close()
        self._loop.close()

    def _runner(self, workers: int) -> Runner:
        self.register()
        return Runner(
            self._first,
            list(self.subscriptions.values()),
            self._worker,
            workers=workers,
            on_dead=self._on_dead,
            keep=self._keep.total_seconds(),
            grace=self._grace.total_seconds(),
        )

    def _worker(
        self, database: Database, subscriptions: list[Subscription], cautious: Callable[[], bool] = lambda: False
    ) -> Worker:
        return Worker(database, subscriptions, self._around, self._loop.get, cautious)

    @contextmanager
    def _around(self, wanted: Subscription, claim: Claim) -> Iterator[None]:
        with ExitStack() as stack:
            for observer in self.observers:
                stack.enter_context(observer.handling(wanted, claim))
            yield


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
