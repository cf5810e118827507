"""What the ways over RabbitMQ and Redis share; needs FastStream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from faststream.rabbit import RabbitBroker
from faststream.redis import RedisBroker

Take = Callable[[list[bytes]], None]
BATCH = 200
QUIET: Any = {"logger": logging.getLogger("evlint.bus.faststream"), "log_level": logging.DEBUG, "apply_types": False}
"""What every broker is made with: a line in the log for each message helps nobody."""


class Collector:
    """Takes in together what arrives while the last batch is being committed."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._arrived: list[tuple[bytes, asyncio.Future[None]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def collect(self, message: bytes) -> None:
        """Return when the message is committed."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived.append((message, committed))
        if self._busy is None:
            self._busy = asyncio.create_task(self._commit())
        await committed

    async def _commit(self) -> None:
        while self._arrived:
            batch, self._arrived = self._arrived[:BATCH], self._arrived[BATCH:]
            error: Exception | None = None
            try:
                await asyncio.to_thread(self._take, [message for message, _ in batch])
            except Exception as raised:  # noqa: BLE001 - each message is given back with it
                error = raised
                await asyncio.sleep(1.0)  # the broker brings them again at once
            for _, committed in batch:
                if not committed.done():
                    committed.set_result(None) if error is None else committed.set_exception(error)
        self._busy = None


async def as_it_is(message: Any) -> bytes:
    """Decode nothing: what is no event must come through as well."""
    body: bytes = message.body
    return body


async def run(broker: RabbitBroker | RedisBroker, subscribers: list[Any]) -> None:
    """Receive until that ends; connections that are lost are made anew by the libraries."""
    await broker.start()
    try:
        while all(subscriber.running for subscriber in subscribers):  # noqa: ASYNC110 - FastStream tells nobody
            await asyncio.sleep(0.5)
        raise ConnectionError("the subscription ended: was the stream deleted?")
    finally:
        with suppress(Exception):  # there may be nobody to say goodbye to
            await broker.stop()


async def all_in_time(sending: list[Awaitable[object]], timeout: float) -> list[BaseException | None]:
    """Wait for all; say for each of them what went wrong."""
    tasks = [asyncio.ensure_future(one) for one in sending]
    _, late = await asyncio.wait(tasks, timeout=timeout)
    for task in late:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return [
        TimeoutError("the broker did not confirm it in time")
        if task in late
        else result
        if isinstance(result, BaseException)
        else None
        for task, result in zip(tasks, results, strict=True)
    ]
