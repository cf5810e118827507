"""Events that are told apart by a field of one class."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

BUS = """
import asyncio
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum

class Kind(Enum):
    ORDER_FILLED = "order_filled"
    TICK = "tick"

@dataclass
class Event:
    kind: Kind
    data: dict

class EventBus:
    def __init__(self):
        self._subscribers = defaultdict(list)
        self._queue = asyncio.Queue()

    def subscribe(self, kind, callback):
        self._subscribers[kind].append(callback)

    async def publish(self, event: Event):
        self._queue.put_nowait(event)

    async def _run(self):
        while True:
            event = await asyncio.wait_for(self._queue.get(), timeout=0.1)
            await self._dispatch(event)

    async def _dispatch(self, event):
        for callback in self._subscribers[event.kind]:
            await callback(event)
"""


@pytest.mark.parametrize(
    "made", ["Event(Kind.TICK, {})", "Event(data={}, kind=Kind.TICK)", "Event(kind=Kind.TICK.value, data={})"]
)
def test_a_bus_that_routes_by_a_field_believes_it(made: str) -> None:
    shop = f"""
from bus import Event, EventBus, Kind

class Feed:
    def __init__(self, bus: EventBus):
        self.bus = bus
        self.bus.subscribe(Kind.TICK, self.on_tick)

    async def run(self):
        event = {made}
        await self.bus.publish(event)

    async def on_tick(self, event): ...
"""
    program = analyse_sources({"bus.py": BUS, "feed.py": shop})
    assert [event.id for event in program.events] == ["topic:bus.EventBus/tick"]
    assert [item.location.line for item in program.publications] == [11]
    assert [item.handler for item in program.subscriptions] == ["Feed.on_tick"]
    assert not program.unresolved


def test_an_envelope_on_a_broker_carries_the_event_that_it_names() -> None:
    code = """
from dataclasses import dataclass
from aiokafka import AIOKafkaProducer

@dataclass(frozen=True)
class IntegrationEvent:
    type: str
    data: dict

async def place(producer: AIOKafkaProducer):
    await producer.send("orders", IntegrationEvent("order.placed", {}))
"""
    program = analyse_sources({"shop.py": code})
    assert [(item.event, item.channel) for item in program.publications] == [("topic:kafka/order.placed", "orders")]


def test_a_class_of_all_events_says_in_any_field_which_one_it_is() -> None:
    program = analyse_sources(
        {
            "shop.py": "from dataclasses import dataclass\nimport pika\n\n@dataclass\nclass Event:\n    key: str\n    data: dict\n\n"
            "def send(routing_key, event):\n    channel = pika.BlockingConnection().channel()\n"
            "    channel.basic_publish('shop', routing_key, event)\n\n"
            "def place(): send('queue', Event('order.placed', {}))\n"
            "def check(): send('payment.valid', Event(key='payment.valid', data={}))\n"
        }
    )
    assert sorted(event.name for event in program.events) == ["order.placed", "payment.valid"]


def test_what_only_says_how_events_look_is_none() -> None:
    program = analyse_sources(
        {
            "shop.py": "from typing import Protocol\nfrom lib import bus\n\nclass PublishableEvent(Protocol):\n    id: int\n\n"
            "class OrderPlaced:\n    id: int = 1\n\ndef tell(event: PublishableEvent): bus.event_bus.publish(event)\n\n"
            "def place(): tell(OrderPlaced())\n"
        }
    )
    assert [event.name for event in program.events] == ["OrderPlaced"]
