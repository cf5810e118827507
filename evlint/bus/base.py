"""What every bus has: handlers that subscribe, and envelopes around what is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, Protocol, TypeVar

from evlint.bus.delivery import Action, Claim, action
from evlint.bus.envelope import Envelope, timestamp, uuid7
from evlint.bus.errors import BusError, HandlerError, PublishError
from evlint.bus.events import event_type
from evlint.bus.retry import Retry
from evlint.bus.subscription import Subscription, subscription

Function = TypeVar("Function", bound=Callable[..., Any])
MAX_BYTES = 8 * 1024 * 1024
MAX_HOPS = 100


class Observer(Protocol):
    """Sees every event that is published and every delivery that is made, to trace or record it."""

    def publishing(self, envelope: Envelope, event: object) -> Envelope:
        """Return the envelope to store; it may get a trace context."""

    def handling(self, subscription: Subscription, claim: Claim) -> AbstractContextManager[object]:
        """Make the context in which a handler runs."""


class BaseBus:
    """Knows who it publishes for, and who subscribed.

    Args:
        source: the name of this service, part of each event's identity.
        observers: see every event and delivery.
        max_bytes: the size of an event's data from which it cannot be published.
    """

    def __init__(self, source: str, observers: tuple[Observer, ...], max_bytes: int) -> None:
        if not source or any(c.isspace() for c in source):
            raise BusError(f"source names this service, without spaces, such as 'shop/payments'; got {source!r}")
        self.source = source
        self.subscriptions: dict[str, Subscription] = {}
        self.observers = observers
        self._max_bytes = max_bytes

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
        transaction happen once for each event, whatever crashes; annotated with a Session or AsyncSession of
        SQLAlchemy, `tx` is one. Without, it runs at least once for each event; `delivery.idempotency_key` is
        the same for every repetition.

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
        return Envelope(
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

    def _published(self, event: object) -> Envelope:
        envelope = self.envelope(event)
        for observer in self.observers:
            envelope = observer.publishing(envelope, event)
        return envelope

    def _around(self, wanted: Subscription, claim: Claim) -> AbstractContextManager[object]:
        return observed(self.observers, wanted, claim) if self.observers else nullcontext()


@contextmanager
def observed(observers: tuple[Observer, ...], wanted: Subscription, claim: Claim) -> Iterator[None]:
    """Let all observers see a delivery, the first of them from the outside."""
    with ExitStack() as stack:
        for observer in observers:
            stack.enter_context(observer.handling(wanted, claim))
        yield
