"""What a way to a broker must offer, and what keeps it bringing events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from evlint.bus.envelope import Envelope
from evlint.bus.loop import Loop

Feed = Callable[[], Coroutine[Any, Any, None]]
log = logging.getLogger("evlint.bus")


class Link(Protocol):
    """A way to a broker; `evlint.bus.distribution` uses it.

    Attributes:
        name: part of the ids of what sends and receives through it, so it never changes.
    """

    name: str

    async def send(self, envelopes: list[Envelope]) -> list[BaseException | None]:
        """Return, when the broker has the events for good, for each of them None or why it did not take it.

        That is an UnsendableError if it never will.
        """

    async def feed(self, take: Callable[[list[bytes]], None]) -> None:
        """Hand over what arrives, for ever, and acknowledge it when `take` has returned; `take` blocks."""

    async def health(self) -> list[str]:
        """What is wrong with how the broker is set up, a sentence each."""

    async def close(self) -> None:
        """Close the connection that sends, if there is one."""


class Feeds:
    """Runs what brings events from elsewhere, for ever, until it is stopped."""

    def __init__(self, feeds: list[Feed], loop: Loop) -> None:
        self._feeds = feeds
        self._loop = loop
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        if self._feeds:
            self._loop.run(self._start())

    def stop(self) -> None:
        if self._tasks:
            self._loop.run(self._stop())

    async def _start(self) -> None:
        self._tasks = [asyncio.create_task(_keep_running(feed)) for feed in self._feeds]

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []


async def _keep_running(feed: Feed) -> None:
    """Run a feed again and again if it fails, with growing pauses."""
    pause = 0.1
    while True:
        started = time.monotonic()
        try:
            await feed()
        except Exception as error:  # noqa: BLE001 - it is told, and tried again
            if time.monotonic() - started > 10:
                pause = 0.1
            log.warning("nothing arrives: %s: %s; next try in %.1f s", type(error).__name__, error, pause)
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)
