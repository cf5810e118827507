"""Handlers that declare their events, and buses that are known by name."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

EVENTS = """
from dataclasses import dataclass

class DomainEvent: ...

@dataclass(frozen=True)
class OrderPlaced(DomainEvent):
    EVENT_TYPE = "order.placed"
    order_id: int
"""
HANDLERS = [
    pytest.param(
        "class Bill:\n    def subscribed_to(self):\n        return [OrderPlaced]\n    def on(self, event): ...\n",
        "Bill",
        id="a method",
    ),
    pytest.param(
        "class Bill:\n    __SUBSCRIPTIONS = [OrderPlaced.EVENT_TYPE]\n    def subscribed_to(self):\n"
        "        return self.__SUBSCRIPTIONS\n    def handle(self, event): ...\n\n"
        "def place(publish):\n    publish(OrderPlaced(1))\n",
        "Bill",
        id="a method that gives names",
    ),
    pytest.param(
        "class Bill:\n    handles = OrderPlaced\n    def __call__(self, event): ...\n", "Bill", id="a class attribute"
    ),
    pytest.param(
        "from functools import singledispatch\n@singledispatch\ndef handle(event): ...\n\n"
        "@handle.register(OrderPlaced)\ndef bill(event): ...\n",
        "bill",
        id="singledispatch by argument",
    ),
    pytest.param(
        "from functools import singledispatchmethod\nclass Billing:\n    @singledispatchmethod\n"
        "    def handle(self, event): ...\n    @handle.register\n    def bill(self, event: OrderPlaced): ...\n",
        "Billing.bill",
        id="singledispatch by annotation",
    ),
    pytest.param(
        "class Handler: ...\nclass Bill: ...\ndef configure(binder):\n"
        "    binder.multibind(Handler[OrderPlaced], to=Provider(Bill))\n",
        "Bill",
        id="a container",
    ),
    pytest.param(
        "def bill(event): ...\n\ndef registered():\n    return [{'event': OrderPlaced, 'handlers': [bill]}]\n",
        "bill",
        id="records",
    ),
]


@pytest.mark.parametrize(("code", "handler"), HANDLERS)
def test_a_handler_declares_its_event(code: str, handler: str) -> None:
    sources = {"events.py": EVENTS, "billing.py": f"from events import OrderPlaced\n\n{code}"}
    program = analyse_sources(sources)
    assert [(item.event, item.handler) for item in program.subscriptions] == [("class:events.OrderPlaced", handler)]


def test_what_handles_nothing_or_no_event_declares_nothing() -> None:
    code = """
class Report:
    event_types = [OrderPlaced]

class Filter:
    handles = ["gzip"]
    def handle(self, data): ...
"""
    program = analyse_sources({"events.py": EVENTS, "a.py": f"from events import OrderPlaced\n{code}"})
    assert not program.subscriptions


@pytest.mark.parametrize(
    ("code", "confidence"),
    [
        pytest.param(
            "class EventBus:\n    def post(self, event): raise NotImplementedError\n\nclass Orders:\n"
            "    def __init__(self, bus: EventBus):\n        self._bus = bus\n    def place(self):\n"
            "        self._bus.post(OrderPlaced(1))\n",
            "strong",
            id="a class called a bus",
        ),
        pytest.param("def place(event_bus):\n    event_bus.publish(OrderPlaced(1))\n", "likely", id="a variable"),
    ],
)
def test_a_bus_is_known_by_name(code: str, confidence: str) -> None:
    program = analyse_sources({"events.py": EVENTS, "shop.py": f"from events import OrderPlaced\n\n{code}"})
    assert [(item.event, item.confidence) for item in program.publications] == [
        ("class:events.OrderPlaced", confidence)
    ]


def test_names_alone_prove_nothing_without_an_event() -> None:
    code = "def place(event_bus, message_bus):\n    event_bus.publish('x')\n    message_bus.handle(Command())\n"
    assert not analyse_sources({"shop.py": f"class Command: ...\n\n{code}"}).publications


def test_an_aggregate_records_through_its_base() -> None:
    base = """
class AggregateRoot:
    def __init__(self):
        self.__events = []
    def record(self, event: "DomainEvent"):
        self.__events.append(event)
"""
    order = """
from base import AggregateRoot
from events import OrderPlaced

class Order(AggregateRoot):
    @classmethod
    def place(cls):
        order = cls()
        order.record(OrderPlaced(1))
        return order
"""
    program = analyse_sources(
        {"base.py": f"from events import DomainEvent\n{base}", "events.py": EVENTS, "order.py": order}
    )
    assert [(item.event, item.location.path) for item in program.publications] == [
        ("class:events.OrderPlaced", "order.py")
    ]


def test_calling_a_dispatching_function_publishes() -> None:
    program = analyse_sources(
        {
            "shop.py": """
from functools import singledispatch
class OrderPlaced: ...
class OrderPaid: ...

@singledispatch
def dispatch(event): raise NotImplementedError

@dispatch.register
def bill(event: OrderPlaced): ...

@dispatch.register(OrderPaid)
def ship(event): ...

@singledispatch
def to_json(event): ...

@to_json.register
def placed_to_json(event: OrderPlaced): ...

def tell(event): dispatch(event)

def place():
    dispatch(OrderPlaced())
    to_json(OrderPlaced())

def pay(): tell(OrderPaid())
"""
        }
    )
    names = {event.id: event.name for event in program.events}
    assert {(names[item.event], item.location.symbol) for item in program.publications} == {
        ("OrderPlaced", "place"),
        ("OrderPaid", "pay"),
    }
    assert {item.handler for item in program.subscriptions} == {"bill", "ship"}
