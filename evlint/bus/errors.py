"""What can go wrong, and what a handler raises to say what shall become of its delivery."""

from __future__ import annotations

from datetime import datetime


class BusError(Exception):
    """The bus cannot do what it was asked; the message names the place and the remedy."""


class EventTypeError(BusError):
    """A class cannot be an event."""


class HandlerError(BusError):
    """A function cannot be a handler, or did what a handler must not."""


class PublishError(BusError):
    """An event cannot be published; nothing was written."""


class UnsendableError(BusError):
    """A broker will never take an event as it is: it is too large, or has a name that cannot be one there."""


class UnreadableEventError(BusError):
    """Bytes that are no event of the expected kind."""


class UnknownVersionError(BusError):
    """An event of a version that this process does not know (yet)."""


class Reject(Exception):  # noqa: N818 - a verdict, not an error
    """Raised by a handler: never try this delivery again; it becomes a dead letter at once."""


class RetryAfter(Exception):  # noqa: N818
    """Raised by a handler: try again after `seconds`; the attempt counts."""

    def __init__(self, seconds: float, reason: str = "asked to be retried") -> None:
        super().__init__(reason)
        self.seconds = seconds


class NotYet(Exception):  # noqa: N818
    """Raised by a handler for what came too early; no attempt is spent.

    Args:
        until: when to try again: seconds from now, or a datetime with a time zone.
        requires: the event type to wait for; the delivery is tried again as soon as such an event was handled.
        key: the key of the event to wait for, the delivery's own if left out.
    """

    def __init__(self, until: float | datetime = 1.0, *, requires: type | None = None, key: object = None) -> None:
        super().__init__(f"waits for {requires.__name__}" if requires else "not yet")
        self.until = until
        self.requires = requires
        self.key = key
