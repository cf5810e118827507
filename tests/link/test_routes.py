"""Handlers that are looked up by the event's name."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.model.program import Program

TABLE = """
class Orders:
    def dispatch(self, event):
        found = {"paid": self.on_paid, "sent": self.on_sent}.get(event["type"])
        if found:
            found(event)
    def on_paid(self, event): ...
    def on_sent(self, event): ...
"""
CONVENTION = """
class Orders:
    def dispatch(self, event):
        method = getattr(self, %s, None)
        if method:
            method(event)
    def on_paid(self, event): ...
    def on_sent(self, event): ...
    def one(self, event): ...
"""
SENDER = """
from orders import Orders
def pay():
    Orders().dispatch({"type": "paid", "order": 1})
"""
CONSUMER = """
import json, pika

class Billing:
    def __init__(self):
        self.handlers = {"order.paid": self.bill, "order.shipped": self.note}
    def bill(self, data): ...
    def note(self, data): ...
    def on_order_paid(self, data): ...
    def on_message(self, channel, method, properties, body):
        data = json.loads(body)
%s
    def run(self):
        channel = pika.BlockingConnection().channel()
        channel.queue_bind("billing", "shop", "order.*")
        channel.queue_bind("billing", "shop", "audit.*")
        channel.basic_consume(queue="billing", on_message_callback=self.on_message)
"""


def subscriptions(program: Program) -> list[tuple[str, str]]:
    return sorted({(item.event.rpartition("/")[2], item.handler) for item in program.subscriptions if not item.pattern})


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(TABLE, id="a table that is only asked"),
        pytest.param(CONVENTION % '"on_" + event["type"]', id="added"),
        pytest.param(CONVENTION % "f\"on_{event['type']}\"", id="formatted"),
        pytest.param(CONVENTION % '"on_%s" % event.get("type")', id="percent"),
    ],
)
def test_a_function_that_looks_handlers_up_is_a_bus(source: str) -> None:
    program = analyse_sources({"orders.py": source, "pay.py": SENDER})
    assert subscriptions(program) == [("paid", "Orders.on_paid"), ("sent", "Orders.on_sent")]
    assert [(item.event, item.location.path) for item in program.publications] == [
        ("topic:orders.Orders/paid", "pay.py")
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            """
        handler = self.handlers.get(data["event_type"])
        if handler is not None:
            handler(data["payload"])
""",
            [("order.paid", "Billing.bill"), ("order.shipped", "Billing.note")],
            id="table",
        ),
        pytest.param(
            """
        getattr(self, f"on_{data['type'].replace('.', '_')}")(data)
""",
            [("order_paid", "Billing.on_order_paid")],
            id="method names",
        ),
    ],
)
def test_a_consumer_that_looks_handlers_up_tells_the_events_of_its_topic_apart(
    body: str, expected: list[tuple[str, str]]
) -> None:
    program = analyse_sources({"billing.py": CONSUMER % body.strip("\n")})
    found = [item for item in program.subscriptions if item.dialect == "pika" and not item.pattern]
    assert sorted((item.event.rpartition("/")[2], item.handler) for item in found) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "class View:\n    def dispatch(self, request):\n"
            "        handler = getattr(self, request.method.lower())\n        return handler(request)\n"
            "    def get(self, request): ...\n",
            id="a web view",
        ),
        pytest.param(
            "class Visitor:\n    def dispatch(self, node):\n"
            "        getattr(self, 'visit_' + type(node).__name__)(node)\n    def visit_Name(self, node): ...\n",
            id="a visitor",
        ),
        pytest.param(
            "class Bot:\n    def dispatch(self, event):\n"
            "        command = {'start': self.start}.get(event.name)\n        command()\n    def start(self): ...\n",
            id="a command that is told nothing",
        ),
    ],
)
def test_what_looks_up_something_else_is_no_bus(source: str) -> None:
    program = analyse_sources({"m.py": source})
    assert (program.events, program.subscriptions) == ((), ())
