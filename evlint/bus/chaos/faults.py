"""What may happen to the deliveries of one handler. Each fault is an observer of the bus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from evlint.bus.chaos.steps import Crash, Steps
from evlint.bus.delivery import Claim
from evlint.bus.envelope import Envelope
from evlint.bus.errors import NotYet
from evlint.bus.places import place_of
from evlint.bus.subscription import Subscription


class Fault:
    """Nothing happens, and it is noted how far each delivery of each handler got.

    Attributes:
        seen: for each handler the numbers of its events, in the order in which they first came.
        steps: for each handler the lines that its deliveries ran, in the same order.
        round: how often time has passed because there was nothing to do.
    """

    name = "nothing"

    def __init__(self, handler: str = "") -> None:
        self.handler = handler
        self.seen: dict[str, list[int]] = {}
        self.steps: dict[str, list[list[int]]] = {}
        self.round = 0

    def publishing(self, envelope: Envelope, event: object) -> Envelope:
        return envelope

    @contextmanager
    def handling(self, subscription: Subscription, claim: Claim) -> Iterator[None]:
        seen = self.seen.setdefault(subscription.id, [])
        is_first = claim.seq not in seen
        if is_first:
            seen.append(claim.seq)
        number = seen.index(claim.seq)
        is_aimed = subscription.id == self.handler
        if is_aimed:
            self.before(number, is_first=is_first)
        crash_at = self.crash_at(number) if is_aimed and is_first else 0
        with Steps(place_of(subscription.function).path, crash_at) as steps:
            yield
        self.steps.setdefault(subscription.id, []).append(steps.lines)
        if is_aimed and is_first:
            self.after()

    def before(self, number: int, *, is_first: bool) -> None:
        """Raise what the handler must not be run for now."""

    def crash_at(self, number: int) -> int:
        """Say before which step the first run of a delivery crashes, 0 for none."""
        return 0

    def after(self) -> None:
        """Raise when the handler is done with an event, and nobody knows yet."""


class Twice(Fault):
    """The process dies when the handler is done with an event and that is not written down, each time."""

    name = "delivered twice"

    def after(self) -> None:
        raise Crash


class Late(Fault):
    """Each event comes after all other handlers are done with everything."""

    name = "delivered late"

    def before(self, number: int, *, is_first: bool) -> None:
        if is_first:
            raise NotYet


class Shuffled(Fault):
    """The events come in another order, as far as the handler does not ask the bus to keep it."""

    name = "delivered in another order"

    def __init__(self, handler: str, turns: Sequence[int]) -> None:
        super().__init__(handler)
        self._turns = turns

    def before(self, number: int, *, is_first: bool) -> None:
        if number < len(self._turns) and self._turns[number] > self.round:
            raise NotYet


class Crashed(Fault):
    """The process dies before one step of the handler."""

    def __init__(self, handler: str, number: int, step: int, line: int) -> None:
        super().__init__(handler)
        self.name = f"crashed before line {line}"
        self._number = number
        self._step = step

    def crash_at(self, number: int) -> int:
        return self._step if number == self._number else 0


class Again(Fault):
    """All events come once more when everything is done, and the bus has forgotten them."""

    name = "delivered again, and forgotten by the bus"
