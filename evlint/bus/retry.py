"""How often and when a failed delivery is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass

PROBE = 30.0
"""During an outage a delivery is tried at least this often, in seconds."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter, within a budget of attempts and of time.

    Attributes:
        attempts: how often a delivery is tried in all before it becomes a dead letter.
        base: the upper bound of the first pause, in seconds; it doubles with each attempt.
        cap: the upper bound of every pause, in seconds.
        give_up_after: for how many seconds a delivery may be owed, deferral included.
        permanent: exceptions after which trying again is pointless.
        brake_after: so many failures of one handler in a row are taken for an outage: until a delivery
            succeeds, one at a time is tried, so that an outage does not spend the attempts of all.
    """

    attempts: int = 10
    base: float = 1.0
    cap: float = 300.0
    give_up_after: float = 86_400.0
    permanent: tuple[type[BaseException], ...] = ()
    brake_after: int = 5

    def pause(self, attempt: int) -> float:
        """Draw the pause after a failed attempt, the first of which is 1."""
        return random.uniform(0, min(self.cap, self.base * 2 ** min(attempt - 1, 60)))  # noqa: S311


class Brake:
    """Counts the failures of one handler in a row."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._failures = 0
        self._until = 0.0

    @property
    def on(self) -> bool:
        """Whether an outage is presumed, and deliveries are tried one at a time."""
        return self._failures >= self._retry.brake_after

    def holds(self, now: float) -> bool:
        """Whether nothing may be tried at all just now."""
        return self.on and now < self._until

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, now: float) -> None:
        self._failures += 1
        self._until = now + min(PROBE, self._retry.pause(max(1, self._failures - self._retry.brake_after)))
