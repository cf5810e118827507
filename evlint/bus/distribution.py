"""From one bus to another over a broker: what is sent is a subscription, what comes in is stored before it is acked."""

from __future__ import annotations

import hashlib

from evlint.bus.bus import Bus
from evlint.bus.envelope import Envelope, from_wire, timestamp
from evlint.bus.errors import UnreadableEventError, UnsendableError
from evlint.bus.links import Link
from evlint.bus.points import point
from evlint.bus.retry import Retry

WEEK = 7 * 86_400.0
# An outage of a broker is no fault of an event.
UNTIL_IT_IS_BACK = Retry(attempts=1_000_000, base=0.1, cap=2.0, give_up_after=WEEK, permanent=(UnsendableError,))


def relay(bus: Bus, link: Link, *, types: tuple[str, ...] = (), ordered: bool = False, at_once: int = 500) -> None:
    """Send the events that this bus publishes to a broker; those that it received from elsewhere are not sent on.

    Guarantee: every event arrives at least once, with the same id each time. What the broker will never take
    becomes a dead letter and holds up nothing else; while the broker is away, events wait for it.

    Args:
        bus: whose events.
        link: where to.
        types: the names of the events to send; all by default.
        ordered: events of one key are sent one after the other, which is slower.
        at_once: how many events may be on their way at the same time; fewer when they are large, so that no more
            than 32 MiB of them are in memory.
    """

    async def send(envelopes: list[Envelope]) -> list[BaseException | None]:
        errors = await link.send(envelopes)
        point("relay.sent")
        return errors

    options = {"types": types, "ordered": ordered, "concurrency": at_once}
    bus.subscribe(id=f"relay.{link.name}", relays=True, retry=UNTIL_IT_IS_BACK, **options)(send)  # type: ignore[arg-type]
    _know(bus, link)


def receive(bus: Bus, link: Link) -> None:
    """Take the events that come over a broker into this bus, while it runs.

    Guarantee: a message is acknowledged when its event is committed, once for each source and id. What cannot
    be read becomes a dead letter of `receive.<name>`; redriven, it is read anew.
    """
    unreadable = f"evbus.unreadable.{link.name}"

    def take(messages: list[bytes]) -> None:
        try:
            bus.receive_all([_readable(message, unreadable) for message in messages])
        except Exception as error:
            if bus.database.is_trouble(error):
                raise
            # One that the database refuses must not hold up the others.
            for message in messages:
                _take_one(bus, message, unreadable)

    async def feed() -> None:
        await link.feed(take)

    @bus.subscribe(id=f"receive.{link.name}", types=(unreadable,))
    def read_anew(envelope: Envelope) -> None:
        try:
            bus.receive(envelope.data)
        except Exception as error:
            if bus.database.is_trouble(error):
                raise
            raise UnreadableEventError(str(error)) from error

    bus.feeds.append(feed)
    _know(bus, link)


def _readable(message: bytes, unreadable: str) -> Envelope:
    try:
        return from_wire(message)
    except UnreadableEventError:
        return _wrapped(message, unreadable)


def _wrapped(message: bytes, unreadable: str) -> Envelope:
    """Make what is no event one that can be stored, so that it is not lost."""
    id_ = hashlib.sha256(message).hexdigest()
    return Envelope(id_, unreadable, 1, unreadable, None, timestamp(), id_, None, None, 0, message)


def _take_one(bus: Bus, message: bytes, unreadable: str) -> None:
    try:
        bus.receive(_readable(message, unreadable))
    except Exception as error:
        if bus.database.is_trouble(error):
            raise
        bus.receive(_wrapped(message, unreadable))


def _know(bus: Bus, link: Link) -> None:
    if link not in bus.links:
        bus.links.append(link)
