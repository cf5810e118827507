"""Events over Redis Streams; needs FastStream."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from redis.exceptions import ResponseError

from evlint.bus.envelope import Envelope, to_wire
from evlint.bus.with_faststream import BATCH, QUIET, Collector, Take, as_it_is, run


class RedisLink:
    """A stream of Redis.

    Args:
        url: of the server.
        stream: its key.
        group: the consumer group that receives, one for each service.
        consumer: the name of this process within the group; by default that of the host.
        abandoned: after how many seconds a message that a process took and did not acknowledge is taken again.
        name: what the bus knows this link by.
        timeout: after how many seconds without an answer an event counts as not sent.
    """

    def __init__(
        self,
        url: str,
        *,
        stream: str = "events",
        group: str = "evbus",
        consumer: str = "",
        abandoned: float = 60.0,
        name: str = "redis",
        timeout: float = 5.0,
    ) -> None:
        self.name = name
        self._url = url
        self._stream = stream
        self._group = group
        self._consumer = consumer or socket.gethostname()
        self._abandoned = abandoned
        self._timeout = timeout
        self._sender: RedisBroker | None = None

    async def send(self, envelopes: list[Envelope]) -> list[BaseException | None]:
        # All over one connection: a client opens no more than a hundred, and refuses what would need another.
        if self._sender is None:
            sender = RedisBroker(self._url, **QUIET)
            await asyncio.wait_for(sender.connect(), self._timeout)
            self._sender = sender
        client = await self._sender.connect()
        async with client.pipeline(transaction=False) as pipeline:
            for envelope in envelopes:
                pipeline.xadd(self._stream, {"__data__": to_wire(envelope)})
            answers = await asyncio.wait_for(pipeline.execute(raise_on_error=False), self._timeout)
        return [answer if isinstance(answer, BaseException) else None for answer in answers]

    async def feed(self, take: Take) -> None:
        broker = RedisBroker(self._url, **QUIET)
        await self._make_group(await broker.connect())
        shared: dict[str, Any] = {"group": self._group, "consumer": self._consumer}
        fresh = StreamSub(self._stream, last_id=">", max_records=BATCH, polling_interval=200, **shared)
        claimed = int(self._abandoned * 1000)
        abandoned = StreamSub(self._stream, min_idle_time=claimed, polling_interval=1000, **shared)
        collect = Collector(take).collect
        subscribers = []
        for stream in (fresh, abandoned):
            subscriber = broker.subscriber(
                stream=stream, ack_policy=AckPolicy.NACK_ON_ERROR, decoder=as_it_is, max_workers=BATCH, no_reply=True
            )
            subscriber(collect)
            subscribers.append(subscriber)
        await run(broker, subscribers)

    async def _make_group(self, client: Any) -> None:
        """Let the group begin with the first event; FastStream would begin with the next one."""
        try:
            await client.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def health(self) -> list[str]:
        broker = RedisBroker(self._url, **QUIET)
        try:
            client = await broker.connect()
            wanted = ("appendonly", "appendfsync", "maxmemory-policy")
            settings = {name: (await client.config_get(name)).get(name) for name in wanted}
        except Exception as error:  # noqa: BLE001 - of many libraries
            return [f"Redis cannot be reached: {error}"]
        finally:
            await broker.stop()
        found = []
        if settings["appendonly"] != "yes":
            found.append("appendonly is off: a restart loses what was sent since the last snapshot")
        elif settings["appendfsync"] != "always":
            found.append(f"appendfsync is {settings['appendfsync']}: a power failure loses what was just sent")
        if settings["maxmemory-policy"] != "noeviction":
            found.append(f"maxmemory-policy is {settings['maxmemory-policy']}: a full server drops the stream")
        return [f"Redis: {sentence}" for sentence in found]

    async def close(self) -> None:
        if self._sender is not None:
            await self._sender.stop()
            self._sender = None
