"""Events over NATS JetStream; needs nats-py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingCame
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType
from nats.js.errors import NotFoundError

from evlint.bus.envelope import Envelope, to_wire
from evlint.bus.errors import UnsendableError


class _Answer(msgspec.Struct):
    error: dict[str, Any] | None = None


_answer = msgspec.json.Decoder(_Answer).decode
BATCH = 200
DUPLICATES = 120.0


class NatsLink:
    """A stream of NATS JetStream.

    Args:
        url: of the server, or several with commas between.
        stream: its name; it must exist, and hold the subjects.
        subject: of an event, with `{type}` and `{source}` where those go.
        durable: the name of the consumer that receives, one for each service.
        filter: the subjects to receive; all of the stream by default.
        name: what the bus knows this link by.
        timeout: after how many seconds without an acknowledgement an event counts as not sent.
        options: for `nats.connect`, such as credentials.
    """

    def __init__(
        self,
        url: str,
        *,
        stream: str,
        subject: str = "events.{type}",
        durable: str = "evbus",
        filter: str = "",  # noqa: A002 - what users write
        name: str = "nats",
        timeout: float = 5.0,
        **options: Any,
    ) -> None:
        self.name = name
        self._servers = url.split(",")
        self._stream = stream
        self._subject = subject
        self._durable = durable
        self._filter = filter
        self._timeout = timeout
        self._options = options
        self._sender: _Sender | None = None
        self._connecting = asyncio.Lock()
        self._subjects: dict[tuple[str, str], str] = {}

    async def send(self, envelopes: list[Envelope]) -> list[BaseException | None]:
        sender = self._sender
        if sender is None or not sender.client.is_connected:
            sender = await self._connect_sender()
        return await asyncio.gather(
            *[await self._begin(sender, envelope) for envelope in envelopes], return_exceptions=True
        )

    async def _begin(self, sender: _Sender, envelope: Envelope) -> asyncio.Future[None]:
        """Send an event, and return what tells of its acknowledgement."""
        try:
            message = to_wire(envelope)
            if len(message) > sender.client.max_payload:
                limit = sender.client.max_payload
                raise UnsendableError(f"{len(message):,} bytes, and the server takes {limit:,}")  # noqa: TRY301
            # The stream forgets an id after its `duplicate_window`; the receiving bus remembers it for longer.
            headers = {"Nats-Msg-Id": f"{envelope.source}/{envelope.id}"}
            return await sender.publish(self._subject_of(envelope.type, envelope.source), message, headers)
        except Exception as error:  # noqa: BLE001 - it is this event's alone
            failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    def _subject_of(self, type_: str, source: str) -> str:
        subject = self._subjects.get((type_, source))
        if subject is None:
            subject = self._subject.format(type=type_, source=source)
            if any(c in "*> \t\r\n" for c in subject):
                raise UnsendableError(f"{subject!r} cannot be a subject of NATS")
            self._subjects[type_, source] = subject
        return subject

    async def feed(self, take: Callable[[list[bytes]], None]) -> None:
        client = await self._connect()
        try:
            config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_deliver=-1, max_ack_pending=10 * BATCH)
            subscription = await client.jetstream().pull_subscribe(
                self._filter, durable=self._durable, stream=self._stream, config=config
            )
            while client.is_connected:
                try:
                    messages = await subscription.fetch(BATCH, timeout=1.0)
                except NothingCame:
                    continue
                await asyncio.to_thread(take, [message.data for message in messages])
                for message in messages:
                    await message.ack()
            raise ConnectionError("NATS closed the connection")
        finally:
            await client.close()

    async def health(self) -> list[str]:
        try:
            client = await self._connect()
        except (OSError, NatsError) as error:
            return [f"NATS cannot be reached: {error}"]
        try:
            info = await client.jetstream().stream_info(self._stream)
        except NotFoundError:
            return [f"NATS has no stream {self._stream}"]
        finally:
            await client.close()
        config, found = info.config, []
        if config.storage != StorageType.FILE:
            found.append("is kept in memory: a restart of the server loses its events; use storage `file`")
        if (config.num_replicas or 1) < 3:
            found.append(
                f"has {config.num_replicas or 1} replicas: with its server it loses its events; 3 survive that"
            )
        if (config.duplicate_window or 0.0) < DUPLICATES:
            found.append(
                f"knows duplicates for {config.duplicate_window or 0.0:.0f} s; {DUPLICATES:.0f} outlive a retry"
            )
        if config.retention == RetentionPolicy.INTEREST:
            found.append("keeps nothing for services that do not listen yet; use retention `limits`")
        if config.no_ack:
            found.append("acknowledges nothing: an event that it lost counts as sent")
        return [f"the stream {self._stream} of NATS {sentence}" for sentence in found]

    async def close(self) -> None:
        if self._sender is not None:
            await self._sender.client.close()
            self._sender = None

    async def _connect_sender(self) -> _Sender:
        async with self._connecting:
            if self._sender is None or not self._sender.client.is_connected:
                self._sender = await _Sender.open(await self._connect(), self._timeout)
            return self._sender

    async def _connect(self) -> Client:
        async def silent(error: Exception) -> None:
            """What goes wrong is raised where it is awaited."""

        patience = {"max_reconnect_attempts": 1, "reconnect_time_wait": 0.1, "connect_timeout": self._timeout}
        options = {**patience, "error_cb": silent, **self._options}
        # A connection that is lost is made anew by whoever needs it, so that nobody waits on one that is dead.
        return await nats.connect(servers=self._servers, allow_reconnect=False, **options)


class _Sender:
    """Publishes with any number of acknowledgements outstanding, all of which come to one inbox."""

    def __init__(self, client: Client, timeout: float) -> None:
        self.client = client
        self._timeout = timeout
        self._inbox = client.new_inbox()
        self._numbers = count()
        self._watching = False
        self._waiting: dict[str, tuple[asyncio.Future[None], float]] = {}

    @classmethod
    async def open(cls, client: Client, timeout: float) -> _Sender:
        sender = cls(client, timeout)
        await client.subscribe(f"{sender._inbox}.*", cb=sender._answered)
        return sender

    async def publish(self, subject: str, message: bytes, headers: dict[str, str]) -> asyncio.Future[None]:
        """Send a message, and return what ends with its acknowledgement."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[None] = loop.create_future()
        number = str(next(self._numbers))
        if not self._watching:
            self._watching = True
            loop.call_later(self._timeout / 4, self._look_for_late)
        self._waiting[number] = (answered, loop.time())
        await self.client.publish(subject, message, reply=f"{self._inbox}.{number}", headers=headers)
        return answered

    async def _answered(self, answer: Msg) -> None:
        answered, _ = self._waiting.pop(answer.subject.rpartition(".")[2], (None, 0.0))
        if answered is None or answered.done():
            return
        if not answer.data:  # the server's word that nobody listens
            answered.set_exception(ConnectionError("no stream of NATS takes this subject"))
        elif (error := _answer(answer.data).error) is not None:
            answered.set_exception(ConnectionError(f"NATS did not store it: {error.get('description')}"))
        else:
            answered.set_result(None)

    def _look_for_late(self) -> None:
        """Give up what was sent too long ago, or over a connection that is gone."""
        loop = asyncio.get_running_loop()
        for number, (answered, since) in list(self._waiting.items()):
            if not self.client.is_closed and loop.time() - since < self._timeout:
                break
            del self._waiting[number]
            if not answered.done():
                answered.set_exception(TimeoutError("NATS did not acknowledge it in time"))
        self._watching = bool(self._waiting)
        if self._watching:
            loop.call_later(self._timeout / 4, self._look_for_late)
