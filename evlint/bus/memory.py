"""A bus in memory: for tests, and for events that need not outlive the process."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from evlint.bus.base import MAX_BYTES, BaseBus, Observer
from evlint.bus.delivery import Action, Claim, Delivery, Verdict, action, judge
from evlint.bus.envelope import Envelope
from evlint.bus.errors import NotYet, PublishError
from evlint.bus.events import EventType, event_type
from evlint.bus.loop import Loop
from evlint.bus.operations import DeadLetter
from evlint.bus.running import Alarm
from evlint.bus.subscription import ANY, Subscription

log = logging.getLogger("evlint.bus")


class Transaction:
    """Holds events back until what they tell of is sure."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus: MemoryBus | None = bus
        self.events: list[tuple[Envelope, object]] = []


class _Work(msgspec.Struct):
    """What one publication sets off: events to hand out, first come, first served."""

    bus: MemoryBus
    events: deque[tuple[Envelope, object]]


_work: ContextVar[_Work | None] = ContextVar("evlint_bus_work", default=None)


class _Handler(msgspec.Struct, frozen=True):
    subscription: Subscription
    decoder: EventType | None
    """Reads the data, where the handler has a class of its own for this event."""


class MemoryBus(BaseBus):
    """Hands events to their handlers in the thread that publishes, and forgets them with the process.

    Guarantee: a handler that fails is no concern of the publisher, nor of other handlers; it is tried as
    often as its `Retry` says, at once, and then is a dead letter. What handlers publish is handed out when
    they have ended, in the order of its publication; what they publish in `tx`, only if they end well.

    Args:
        source: the name of this service, part of each event's identity.
        observers: see every event and delivery.
        on_dead: called with handler, fingerprint, error and count when there is a new dead letter.
        max_bytes: the size of an event's data from which it cannot be published.
    """

    def __init__(
        self,
        *,
        source: str,
        observers: tuple[Observer, ...] = (),
        on_dead: Alarm | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        super().__init__(source, observers, max_bytes)
        self.dead_letters: list[DeadLetter] = []
        self._on_dead = on_dead
        self._loop = Loop()
        self._handlers: dict[type, list[_Handler]] = {}
        self._known = 0
        self._happened: set[tuple[str, str | None]] = set()
        self._awaited: set[str] = set()
        self._waiting: list[tuple[_Handler, Envelope, object]] = []

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Publish what is published inside when the block ends well, and forget it otherwise."""
        tx = Transaction(self)
        try:
            yield tx
        finally:
            tx.bus = None
        for envelope, event in tx.events:
            self._hand_out(envelope, event)

    def publish(self, tx: object, event: object) -> Envelope:
        """Publish an event in a `transaction` of this bus.

        Raises:
            PublishError: it is none, or has ended; or the event is too large, or a circle does not end.
        """
        if not isinstance(tx, Transaction) or tx.bus is not self:
            raise PublishError("publish needs an open transaction of this bus: `with bus.transaction() as tx:`")
        envelope = self._published(event)
        tx.events.append((envelope, event))
        return envelope

    def publish_now(self, event: object) -> Envelope:
        """Publish an event; when this returns, it was handled, unless a handler published it."""
        envelope = self._published(event)
        self._hand_out(envelope, event)
        return envelope

    def drain(self) -> int:
        """Try what waits for something again; say how much it was."""
        waiting, self._waiting = self._waiting, []
        for handler, envelope, event in waiting:
            self._deliver(handler, envelope, event)
        return len(waiting) - len(self._waiting)

    def close(self) -> None:
        """End the event loop of asynchronous handlers."""
        self._loop.close()

    def _hand_out(self, envelope: Envelope, event: object) -> None:
        work = _work.get()
        if work is not None and work.bus is self:
            work.events.append((envelope, event))
            return
        events = deque(((envelope, event),))
        token = _work.set(_Work(self, events))
        try:
            while events:
                envelope, event = events.popleft()
                for handler in self._handlers_of(type(event)):
                    self._deliver(handler, envelope, event)
                if envelope.type in self._awaited:
                    self._happened.add((envelope.type, envelope.key))
                if self._waiting:
                    self.drain()
        finally:
            _work.reset(token)

    def _handlers_of(self, cls: type) -> list[_Handler]:
        if self._known != len(self.subscriptions):
            self._known = len(self.subscriptions)
            self._handlers.clear()
            self._awaited = {event_type(c).name for s in self.subscriptions.values() for c in s.after}
        found = self._handlers.get(cls)
        if found is None:
            kind = event_type(cls)
            found = self._handlers[cls] = [
                _Handler(s, wanted if wanted is not None and wanted.cls is not cls else None)
                for s in self.subscriptions.values()
                if kind.name in s.names or ANY in s.names
                for wanted in [s.types.get(kind.name)]
            ]
        return found

    def _deliver(self, handler: _Handler, envelope: Envelope, event: object) -> None:
        """Try until it ended well, waits, or is a dead letter."""
        subscription = handler.subscription
        attempts = 0
        while True:
            token = action.set(Action(envelope.correlation_id, envelope.id, envelope.hops, subscription.id))
            try:
                self._call(handler, envelope, event, attempts + 1)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - judged
                verdict = judge(_claim(subscription, envelope, attempts), error, subscription.retry, time.time())
            else:
                return
            finally:
                action.reset(token)
            if verdict.reason == "not-yet":
                self._waiting.append((handler, envelope, event))
                return
            if verdict.status == "dead":
                self._bury(subscription, envelope, verdict)
                return
            attempts = verdict.attempts

    def _call(self, handler: _Handler, envelope: Envelope, event: object, attempt: int) -> None:
        subscription = handler.subscription
        if handler.decoder is not None:
            event = handler.decoder.decode(envelope.data, envelope.version)
        elif not subscription.types:
            event = envelope
        if subscription.after:
            self._demand(subscription, envelope, event)
        if subscription.context is None and not subscription.transactional and not self.observers:
            result = subscription.function(event)
            if subscription.is_async:
                self._loop.run(result)
            return
        delivery = Delivery(subscription.id, envelope, attempt)
        with self.transaction() as tx, self._around(subscription, _claim(subscription, envelope, attempt - 1)):
            positional, named = subscription.arguments(event, delivery, tx)
            result = subscription.function(*positional, **named)
            if subscription.is_async:
                self._loop.run(result)

    def _demand(self, subscription: Subscription, envelope: Envelope, event: object) -> None:
        for required, field in subscription.after.items():
            key = envelope.key if field is None else str(getattr(event, field))
            if (event_type(required).name, key) not in self._happened:
                raise NotYet(requires=required, key=key)

    def _bury(self, subscription: Subscription, envelope: Envelope, verdict: Verdict) -> None:
        mark, text = verdict.fingerprint or "", verdict.error or ""
        self.dead_letters.append(
            DeadLetter(
                handler=subscription.id,
                event_id=envelope.id,
                source=envelope.source,
                type=envelope.type,
                version=envelope.version,
                key=envelope.key,
                reason=verdict.reason or "",
                error=text,
                fingerprint=mark,
                attempts=verdict.attempts,
                redrives=0,
            )
        )
        log.error("%s has a new dead letter (%s): %s", subscription.id, mark, text)
        if self._on_dead is not None:
            self._on_dead(subscription.id, mark, text, 1)


def _claim(subscription: Subscription, envelope: Envelope, attempts: int) -> Claim:
    """What the engine would have claimed, for whoever observes or judges it."""
    return Claim(subscription.id, 0, None, "due", attempts, time.time(), 0, None, counted=False, envelope=envelope)
