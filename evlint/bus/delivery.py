"""A delivery: what a handler learns of it, and what becomes of it. Pure; the engine writes the verdict down."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Literal

import msgspec

from evlint.bus.envelope import Envelope
from evlint.bus.errors import NotYet, Reject, RetryAfter, UnknownVersionError, UnreadableEventError
from evlint.bus.events import event_type
from evlint.bus.retry import Retry

Status = Literal["queued", "due", "running", "waiting", "done", "dead", "dropped"]
RECHECK = 30.0
"""After how many seconds a waiting delivery is looked at again, whether or not it was woken."""


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One event on its way to one handler; what a handler gets for a parameter annotated with this class.

    Attributes:
        handler: the id of the handler.
        envelope: everything that travelled with the event.
        attempt: 1 for the first; counts anew after a redrive.
        redrives: how often it was brought back from the dead letters.
    """

    handler: str
    envelope: Envelope
    attempt: int = 1
    redrives: int = 0

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt: hand it to the other side, so that it can tell a repetition."""
        return f"{self.handler}:{self.envelope.source}:{self.envelope.id}"


class Action(msgspec.Struct, frozen=True, gc=False):
    """What events are published for: the ids that they inherit."""

    correlation_id: str
    causation_id: str | None = None
    hops: int = -1
    handler: str | None = None


action: ContextVar[Action | None] = ContextVar("evlint_bus_action", default=None)


@contextmanager
def correlated(correlation_id: str, causation_id: str | None = None) -> Iterator[None]:
    """Let all events that are published inside share a correlation id, such as that of a web request."""
    token = action.set(Action(correlation_id, causation_id))
    try:
        yield
    finally:
        action.reset(token)


@contextmanager
def delivering(delivery: Delivery) -> Iterator[None]:
    """Let the events that a handler publishes follow from the one that it handles."""
    envelope = delivery.envelope
    token = action.set(Action(envelope.correlation_id, envelope.id, envelope.hops, delivery.handler))
    try:
        yield
    finally:
        action.reset(token)


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A delivery that a worker may run.

    Attributes:
        attempts: how many attempts the row counts.
        token: whose lease it is; None when it is locked by a transaction instead.
        counted: this attempt is in `attempts` already.
    """

    handler: str
    seq: int
    lane: str | None
    status: Status
    attempts: int
    owed_since: float
    redrives: int
    token: str | None
    counted: bool
    envelope: Envelope

    @property
    def attempt(self) -> int:
        return self.attempts if self.counted else self.attempts + 1

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.handler, self.envelope, self.attempt, self.redrives)


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a delivery.

    Attributes:
        attempts: how many attempts it has spent then.
        pause: in how many seconds it may be claimed again.
    """

    status: Status
    attempts: int
    pause: float = 0.0
    reason: str | None = None
    error: str | None = None
    fingerprint: str | None = None
    waits_for: str | None = None
    waits_key: str | None = None


def judge(claim: Claim, error: BaseException | None, retry: Retry, now: float) -> Verdict:
    """Say what becomes of a delivery whose handler ended with `error`, or well if that is None."""
    spent, unspent = claim.attempt, claim.attempt - 1
    match error:
        case None:
            return Verdict("done", spent)
        case Reject():
            return _dead("rejected", spent, error)
        case UnreadableEventError():
            return _dead("unreadable", spent, error)
        case NotYet() | UnknownVersionError() if now - claim.owed_since >= retry.give_up_after:
            return _dead("prerequisite-missing" if isinstance(error, NotYet) else "unknown-version", unspent, error)
        case NotYet(requires=None):
            return Verdict("due", unspent, _seconds(error.until, now), "not-yet", str(error))
        case NotYet(requires=type() as required):
            key = claim.envelope.key if error.key is None else str(error.key)
            name = event_type(required).name
            return Verdict("waiting", unspent, RECHECK, "not-yet", str(error), None, name, key)
        case UnknownVersionError():
            return Verdict("due", unspent, RECHECK, "unknown-version", str(error))
        case _ if isinstance(error, retry.permanent):
            return _dead("permanent", spent, error)
        case _ if spent >= retry.attempts:
            return _dead("exhausted", spent, error)
        case _ if now - claim.owed_since >= retry.give_up_after:
            return _dead("too-old", spent, error)
        case _:
            pause = error.seconds if isinstance(error, RetryAfter) else retry.pause(spent)
            return Verdict("due", spent, pause, "failed", describe(error), fingerprint(error))


def killed(claim: Claim) -> Verdict:
    """The verdict on a delivery whose attempts were all spent by workers that died over it."""
    return Verdict("dead", claim.attempts, 0.0, "killed-its-worker", "the process died", "killed-its-worker")


def _dead(reason: str, attempts: int, error: BaseException) -> Verdict:
    return Verdict("dead", attempts, 0.0, reason, describe(error), fingerprint(error))


def _seconds(until: float | datetime, now: float) -> float:
    return max(0.0, until.timestamp() - now) if isinstance(until, datetime) else max(0.0, until)


def describe(error: BaseException) -> str:
    """The error and where it was raised, short enough for a row."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}"[:1000] + place


def fingerprint(error: BaseException) -> str:
    """The same for errors of one kind that were raised at one place."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].name}" if frames else ""
    return hashlib.sha256(f"{type(error).__qualname__} {place}".encode()).hexdigest()[:12]
