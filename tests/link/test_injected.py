"""Publishing through a function that was handed over."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

EVENTS = """
from dataclasses import dataclass

class Event: ...

@dataclass(frozen=True)
class OrderPlaced(Event):
    order_id: int
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("def place(publish):\n    publish(OrderPlaced(1))\n", id="a parameter"),
        pytest.param(
            "def tell(event: OrderPlaced, publish: Callable):\n    publish('orders', event)\n", id="an annotated event"
        ),
        pytest.param(
            "class Orders:\n    def __init__(self, publish):\n        self._publish = publish\n\n"
            "    def place(self):\n        self._publish(OrderPlaced(1))\n",
            id="an attribute",
        ),
    ],
)
def test_a_handed_over_function_publishes(code: str) -> None:
    shop = f"from collections.abc import Callable\nfrom events import OrderPlaced\n\n{code}"
    program = analyse_sources({"events.py": EVENTS, "shop.py": shop})
    assert [(item.event, item.confidence) for item in program.publications] == [("class:events.OrderPlaced", "strong")]


def test_other_callables_and_payloads_are_no_publications() -> None:
    code = "def run(publish, check):\n    publish('report')\n    check(OrderPlaced(1))\n"
    program = analyse_sources({"events.py": EVENTS, "shop.py": f"from events import OrderPlaced\n\n{code}"})
    assert not program.publications
    assert not program.unresolved


def test_a_base_class_does_not_say_which_event_is_sent() -> None:
    code = """
import json, redis
from events import Event
client = redis.Redis()

def publish(channel, event: Event):
    client.publish(channel, json.dumps(event))
"""
    program = analyse_sources({"events.py": EVENTS, "wire.py": code})
    assert not program.publications
    assert len(program.unresolved) == 1
