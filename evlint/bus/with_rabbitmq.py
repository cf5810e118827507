"""Events over RabbitMQ; needs FastStream."""

from __future__ import annotations

import asyncio

from faststream import AckPolicy
from faststream.exceptions import FastStreamException
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue

from evlint.bus.envelope import Envelope, to_wire
from evlint.bus.with_faststream import BATCH, QUIET, Collector, Take, all_in_time, as_it_is, run


class RabbitLink:
    """A topic exchange of RabbitMQ to send to, and a quorum queue to receive from.

    Args:
        url: of the server.
        exchange: its name; the routing key of an event is its type.
        queue: the name of the queue that receives, one for each service.
        routing: the types to receive, as a topic exchange matches them.
        name: what the bus knows this link by.
        timeout: after how many seconds without a confirmation an event counts as not sent.
    """

    def __init__(
        self,
        url: str,
        *,
        exchange: str = "events",
        queue: str = "evbus",
        routing: str = "#",
        name: str = "rabbitmq",
        timeout: float = 5.0,
    ) -> None:
        self.name = name
        self._url = url
        self._exchange = RabbitExchange(exchange, type=ExchangeType.TOPIC, durable=True)
        self._queue = RabbitQueue(queue, queue_type=QueueType.QUORUM, durable=True, routing_key=routing)
        self._timeout = timeout
        self._sender: RabbitBroker | None = None

    async def send(self, envelopes: list[Envelope]) -> list[BaseException | None]:
        if self._sender is None:
            self._sender = await self._connected()
        publish = self._sender.publish
        # With confirmations and `mandatory`, what no queue took counts as not sent.
        return await all_in_time(
            [
                publish(
                    to_wire(envelope),
                    exchange=self._exchange,
                    routing_key=envelope.type,
                    message_id=f"{envelope.source}/{envelope.id}",
                    content_type="application/cloudevents+json",
                    persist=True,
                    mandatory=True,
                )
                for envelope in envelopes
            ],
            self._timeout,
        )

    async def feed(self, take: Take) -> None:
        broker = RabbitBroker(self._url, **QUIET, default_channel=Channel(prefetch_count=BATCH))
        subscriber = broker.subscriber(
            self._queue, self._exchange, ack_policy=AckPolicy.NACK_ON_ERROR, decoder=as_it_is, no_reply=True
        )
        subscriber(Collector(take).collect)
        await run(broker, [subscriber])

    async def health(self) -> list[str]:
        broker = RabbitBroker(self._url, **QUIET)
        name = self._queue.name
        try:
            await broker.connect()
            try:
                await broker.declare_queue(RabbitQueue(name, declare=False))
            except Exception:  # noqa: BLE001 - of many libraries
                return [f"RabbitMQ has no queue {name} yet: what is sent before the receiver has run goes nowhere"]
            await broker.declare_queue(self._queue)
        except (FastStreamException, OSError) as error:
            return [f"RabbitMQ cannot be reached: {error}"]
        except Exception as error:  # noqa: BLE001 - of many libraries
            return [f"the queue {name} of RabbitMQ is not a durable quorum queue that keeps everything: {error}"]
        finally:
            await broker.stop()
        return []

    async def close(self) -> None:
        if self._sender is not None:
            await self._sender.stop()
            self._sender = None

    async def _connected(self) -> RabbitBroker:
        broker = RabbitBroker(
            self._url,
            **QUIET,
            default_channel=Channel(on_return_raises=True),
            reconnect_interval=0.5,
        )
        await asyncio.wait_for(broker.connect(), self._timeout)
        await broker.declare_exchange(self._exchange)
        return broker
