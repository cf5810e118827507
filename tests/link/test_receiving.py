"""The receiving half of a bus: handlers registered by an event's name, deliveries handed to one of them."""

from __future__ import annotations

from evlint.app import analyse_sources


def handled(source: str) -> set[str]:
    """What `shop.py` handles, as `event -> handler by transport`."""
    program = analyse_sources({"shop.py": source})
    events = {event.id: event for event in program.events}
    return {f"{events[item.event].name} -> {item.handler} by {item.transport}" for item in program.subscriptions}


CONSUMER = """
from aiokafka import AIOKafkaConsumer

class EventConsumer:
    def __init__(self, topics):
        self._consumer = AIOKafkaConsumer(*topics, bootstrap_servers="kafka")
        self._handlers = {}

    def on(self, event_type, handler):
        self._handlers[event_type] = handler

    async def run(self):
        async for message in self._consumer:
            await self._dispatch(message.value)

    async def _dispatch(self, payload):
        handler = self._handlers.get(payload["event_type"])
        if handler is not None:
            await handler(payload)

async def reserve(payload): ...

async def main(topics):
    consumer = EventConsumer(topics)
    consumer.on("order.placed", reserve)
    await consumer.run()
"""


def test_a_registration_is_of_the_broker_whose_deliveries_it_gets() -> None:
    assert handled(CONSUMER) == {"order.placed -> reserve by broker"}


def test_two_keys_in_a_row_are_a_topic_and_a_type() -> None:
    found = handled(
        """
class KafkaEventConsumer:
    def __init__(self):
        self.handlers = {}
    def register_handler(self, topic, event_type, handler):
        self.handlers.setdefault(topic, {})[event_type] = handler
    def handle_message(self, topic, message):
        handler = self.handlers.get(topic, {}).get(message["event_type"])
        if handler:
            handler(message)

def reserve(message): ...
KafkaEventConsumer().register_handler("orders", "order.placed", reserve)
"""
    )
    assert {item.split(" -> ")[1] for item in found} == {"reserve by in-process"}


def test_a_callback_of_the_broker_that_asks_the_table_is_no_handler_of_its_own() -> None:
    found = handled(
        """
import json
import pika

class OrderEvents:
    def __init__(self):
        self.channel = pika.BlockingConnection().channel()
        self.handlers = {}
    def register(self, routing_key, handler):
        self.handlers[routing_key] = handler
    def start(self):
        self.channel.basic_consume(queue="orders", on_message_callback=self._callback)
        self.channel.start_consuming()
    def _callback(self, channel, method, properties, body):
        handler = self.handlers.get(method.routing_key)
        if handler:
            handler(json.loads(body))

def reserve(payload): ...
OrderEvents().register("order.placed", reserve)
"""
    )
    assert found == {"order.placed -> reserve by broker"}


def test_a_module_keeps_a_table_behind_a_decorator() -> None:
    found = handled(
        """
import json
import redis.asyncio as redis

HANDLERS = {}

def handles(event_type):
    def keep(function):
        HANDLERS[event_type] = function
        return function
    return keep

@handles("order.placed")
async def reserve(payload): ...

async def listen():
    pubsub = redis.Redis().pubsub()
    await pubsub.subscribe("shop-events")
    async for message in pubsub.listen():
        event = json.loads(message["data"])
        handler = HANDLERS.get(event["type"])
        if handler:
            await handler(event)
"""
    )
    assert "order.placed -> reserve by broker" in found


def test_a_projector_registers_by_class() -> None:
    found = handled(
        """
from dataclasses import dataclass

@dataclass(frozen=True)
class OrderPlaced:
    order_id: str

class OrderProjector:
    def __init__(self):
        self._handlers = {}
        self.when(OrderPlaced, self.placed)
    def when(self, event_type, handler):
        self._handlers[event_type] = handler
    def project(self, event):
        handler = self._handlers.get(type(event))
        if handler:
            handler(event)
    def placed(self, event): ...
"""
    )
    assert {item.split(" by ")[0] for item in found} == {"OrderPlaced -> OrderProjector.placed"}


def test_tables_of_other_things_are_no_receivers() -> None:
    for owner, key, name in (
        ("CommandRegistry", "command", "close_order"),
        ("ToolBox", "tool_name", "search.web"),
        ("ErrorHandlers", "exception_type", "value.error"),
        ("Serialisers", "format", "json.lines"),
    ):
        source = f"""
class {owner}:
    def __init__(self):
        self.handlers = {{}}
    def register(self, {key}, handler):
        self.handlers[{key}] = handler
    def run(self, {key}, value):
        return self.handlers[{key}](value)

def act(value): ...
{owner}().register("{name}", act)
"""
        assert handled(source) == set(), owner
