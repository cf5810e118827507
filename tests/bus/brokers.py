"""Brokers that tests may stop and start."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import nats
import redis
from nats.js.api import StreamConfig

from evlint.bus.links import Link
from evlint.bus.with_nats import NatsLink
from evlint.bus.with_rabbitmq import RabbitLink
from evlint.bus.with_redis import RedisLink

RABBIT = "amqp://guest:guest@127.0.0.1:{port}/"


class Broker(Protocol):
    """One broker, which starts stopped, and what tests do to it."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def link(self, **options: Any) -> Link: ...

    def put(self, *messages: bytes) -> None:
        """Publish bytes that may be anything."""

    def close(self) -> None: ...


class OwnServer:
    """A server of the test's own, on a port and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        self._process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        self.prepare()

    def prepare(self) -> None:
        """Create what must be there."""

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.stop()


class Nats(OwnServer):
    max_payload = 16_000_000

    def command(self) -> list[str]:
        config = self.folder / "nats.conf"
        config.write_text(
            f"""listen: "127.0.0.1:{self.port}"
            max_payload: {self.max_payload}
            jetstream {{ store_dir: "{self.folder}/nats", max_file_store: 1GB, max_memory_store: 64MB }}"""
        )
        return ["nats-server", "-c", str(config)]

    def prepare(self) -> None:
        self.run(lambda js: js.add_stream(StreamConfig(name="events", subjects=["events.>"])))

    def run(self, what: Callable[[Any], Any]) -> None:
        async def connected() -> None:
            client = await nats.connect(f"nats://127.0.0.1:{self.port}")
            await what(client.jetstream())
            await client.close()

        asyncio.run(connected())

    def link(self, **options: Any) -> Link:
        return NatsLink(f"nats://127.0.0.1:{self.port}", stream="events", **options)

    def put(self, *messages: bytes) -> None:
        async def put(js: Any) -> None:
            for message in messages:
                await js.publish("events.any", message)

        self.run(put)

    def stored(self) -> list[Any]:
        """All messages of the stream."""
        found: list[Any] = []

        async def read(js: Any) -> None:
            state = (await js.stream_info("events")).state
            found.extend([await js.get_msg("events", seq) for seq in range(state.first_seq, state.last_seq + 1)])

        self.run(read)
        return found


class SmallNats(Nats):
    max_payload = 100_000


class Redis(OwnServer):
    def command(self) -> list[str]:
        here = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        return ["redis-server", *here, "--appendonly", "yes", "--appendfsync", "always"]

    def prepare(self) -> None:
        with redis.Redis(port=self.port) as client:
            while True:
                with suppress(redis.exceptions.BusyLoadingError):
                    client.ping()
                    return

    def link(self, **options: Any) -> Link:
        return RedisLink(f"redis://127.0.0.1:{self.port}", abandoned=2.0, **options)

    def put(self, *messages: bytes) -> None:
        with redis.Redis(port=self.port) as client:
            for message in messages:
                client.xadd("events", {"__data__": message})


class Rabbit:
    """The server that is there, behind a door that can be shut."""

    def __init__(self, port: int) -> None:
        self._real = port
        self.port = free_port()
        self.name = f"evbus-{uuid4().hex}"
        self._door: Door | None = None

    def start(self) -> None:
        self._door = Door(self.port, self._real)

    def stop(self) -> None:
        if self._door is not None:
            self._door.shut()

    def link(self, **options: Any) -> Link:
        return RabbitLink(RABBIT.format(port=self.port), exchange=self.name, queue=self.name, **options)

    def put(self, *messages: bytes) -> None:
        self.run(lambda channel: self._put(channel, messages))

    async def _put(self, channel: Any, messages: tuple[bytes, ...]) -> None:
        import aio_pika

        exchange = await channel.get_exchange(self.name)
        for message in messages:
            await exchange.publish(aio_pika.Message(message), routing_key="any")

    def run(self, what: Callable[[Any], Any]) -> None:
        import aio_pika

        async def connected() -> None:
            async with await aio_pika.connect(RABBIT.format(port=self._real)) as connection:
                await what(await connection.channel(on_return_raises=True))

        asyncio.run(connected())

    def close(self) -> None:
        self.stop()

        async def delete(channel: Any) -> None:
            await channel.queue_delete(self.name)
            await channel.exchange_delete(self.name)

        self.run(delete)


class Door:
    """Passes bytes on to another port until it is shut."""

    def __init__(self, port: int, to: int) -> None:
        self._to = to
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def shut(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                inside, _ = self._listening.accept()
                outside = socket.create_connection(("127.0.0.1", self._to))
                self._open += [inside, outside]
                for source, sink in ((inside, outside), (outside, inside)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
