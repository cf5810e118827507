"""Handlers whose base class is made for an event, and methods that are named after sending events."""

from __future__ import annotations

from evlint.app import analyse_sources
from evlint.model.program import Program

EVENTS = """
from dataclasses import dataclass
class DomainEvent: ...
@dataclass(frozen=True)
class OrderPlaced(DomainEvent):
    order_id: str
@dataclass(frozen=True)
class OrderPaid(DomainEvent):
    order_id: str
"""
HANDLERS = """
from framework import CommandHandler, EventHandler
from events import DomainEvent, OrderPaid, OrderPlaced
class PlaceOrder: ...

class SendReceipt(EventHandler[OrderPaid]):
    async def handle(self, event: OrderPaid): ...

class Audit(EventHandler[OrderPlaced | OrderPaid]):
    def __call__(self, event): ...

class LogAll(EventHandler[DomainEvent]):
    def handle(self, event): ...

class Place(CommandHandler[PlaceOrder]):
    def handle(self, command): ...

class Base(EventHandler[OrderPlaced]):
    name = "nothing here handles"
"""


def handled(program: Program) -> set[tuple[str, str]]:
    names = {event.id: event.name for event in program.events}
    return {(names[item.event], item.handler) for item in program.subscriptions}


def test_a_base_class_says_what_its_handlers_take() -> None:
    program = analyse_sources({"events.py": EVENTS, "handlers.py": HANDLERS})
    assert handled(program) == {("OrderPaid", "SendReceipt"), ("OrderPlaced", "Audit"), ("OrderPaid", "Audit")}


def test_where_handlers_are_registered_those_that_are_not_are_none() -> None:
    bus = """
class Bus:
    def __init__(self): self._handlers = {}
    def register(self, event_type, handler): self._handlers.setdefault(event_type, []).append(handler)
    def publish(self, event):
        for handler in self._handlers.get(type(event), []): handler.handle(event)
"""
    main = """
from bus import Bus
from events import OrderPaid
from handlers import SendReceipt
def main(bus: Bus): bus.register(OrderPaid, SendReceipt())
"""
    program = analyse_sources({"events.py": EVENTS, "handlers.py": HANDLERS, "bus.py": bus, "main.py": main})
    assert handled(program) == {("OrderPaid", "SendReceipt")}


def test_a_method_named_after_sending_events_publishes_what_is_made_for_it() -> None:
    source = """
from events import OrderPaid, OrderPlaced
from framework import Handler
class Checkout(Handler):
    async def run(self):
        await self.publish_cloud_event_async(OrderPlaced("1"))
        paid = OrderPaid("1")
        self.emit_events(paid)
        self.publish_order_event("placed")
    def passes_on(self, event: OrderPaid):
        self.publish_event(event)
"""
    program = analyse_sources({"events.py": EVENTS, "checkout.py": source})
    names = {event.id: event.name for event in program.events}
    assert {(names[item.event], item.location.line, item.confidence) for item in program.publications} == {
        ("OrderPlaced", 6, "likely"),
        ("OrderPaid", 8, "likely"),
    }


def test_an_envelope_around_an_event_that_is_handed_over_is_no_event() -> None:
    source = """
import aio_pika
from events import OrderPlaced
class Message:
    def __init__(self, data): self.data = data
class EventBus:
    def __init__(self, exchange: aio_pika.abc.AbstractExchange): self._exchange = exchange
    async def publish(self, event):
        message = Message(data=dump(event))
        await self._exchange.publish(message, routing_key=event.routing_key)
async def place(bus: EventBus):
    await bus.publish(OrderPlaced("1"))
"""
    program = analyse_sources({"events.py": EVENTS, "bus.py": source})
    names = {event.id: event.name for event in program.events}
    assert {(names[item.event], item.location.symbol) for item in program.publications} == {("OrderPlaced", "place")}
