"""Base classes that take deliveries or publish, and leave topic or handler to what derives from them."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

LOOP = """
import json
from abc import ABC, abstractmethod
from kafka import KafkaConsumer

class BaseConsumer(ABC):
    def __init__(self, topic, group="shop"):
        self.consumer = KafkaConsumer(topic, group_id=group)
    def run(self):
        for message in self.consumer:
            self.poll(json.loads(message.value))
    def poll(self, data):
        self.handle(data)
    @abstractmethod
    def handle(self, data): ...
"""
CALLBACK = """
import json
import pika

class BaseConsumer:
    queue = ""
    def start(self):
        channel = pika.BlockingConnection().channel()
        channel.basic_consume(queue=self.queue, on_message_callback=self._receive)
    def _receive(self, channel, method, properties, body):
        self.handle(json.loads(body))
        channel.basic_ack(method.delivery_tag)
    def handle(self, data):
        raise NotImplementedError
"""


def flow(**files: str) -> set[str]:
    program = analyse_sources({f"{name}.py": text for name, text in files.items()})
    names = {event.id: event.name for event in program.events}
    return {f"{names[item.event]} -> {item.handler}" for item in program.subscriptions} | {
        f"{item.location.symbol} -> {names[item.event]}" for item in program.publications
    }


@pytest.mark.parametrize(
    ("base", "source"),
    [
        pytest.param(
            LOOP,
            "class Orders(BaseConsumer):\n    def __init__(self):\n        super().__init__('order.placed')\n"
            "    def handle(self, data): print(data)\n",
            id="a loop, and the constructor of the base",
        ),
        pytest.param(
            LOOP,
            "class Orders(BaseConsumer):\n    def handle(self, data): print(data)\n\nOrders('order.placed').run()\n",
            id="a loop, and a call",
        ),
        pytest.param(
            LOOP,
            "class Middle(BaseConsumer):\n    def __init__(self, name):\n        super().__init__(topic=f'order.{name}')\n\n"
            "class Orders(Middle):\n    def __init__(self):\n        super().__init__('placed')\n"
            "    def handle(self, data): print(data)\n",
            id="through a class between",
        ),
        pytest.param(
            CALLBACK,
            "class Orders(BaseConsumer):\n    queue = 'order.placed'\n    def handle(self, data): print(data)\n",
            id="a callback, and a class attribute",
        ),
        pytest.param(
            CALLBACK.replace("self.queue,", "'order.placed',").replace("=self._receive", "=self.handle"),
            "class Orders(BaseConsumer):\n    def handle(self, data): print(data)\n",
            id="a topic of the base",
        ),
    ],
)
def test_a_consumer_handles_what_its_base_class_takes_for_it(base: str, source: str) -> None:
    assert flow(shop=base + source) == {"order.placed -> Orders.handle"}
    assert flow(base=base, shop="from base import BaseConsumer\n" + source) == {"order.placed -> Orders.handle"}


def test_each_object_takes_its_own_topic() -> None:
    source = "class Log(BaseConsumer):\n    def handle(self, data): print(data)\n"
    calls = "\nfor consumer in (Log('order.placed'), Log('order.paid')):\n    consumer.run()\n"
    assert flow(shop=LOOP + source + calls) == {"order.placed -> Log.handle", "order.paid -> Log.handle"}


def test_a_base_without_a_topic_stays_unresolved() -> None:
    program = analyse_sources({"shop.py": LOOP})
    assert [item.reason for item in program.unresolved] == ["the topic is only known when the program runs"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("Producer('order.placed').tell({'id': 1})", id="a call"),
        pytest.param("orders = Producer('order.placed')\norders.tell({'id': 1})", id="a variable"),
        pytest.param(
            "class Orders(Producer):\n    def __init__(self):\n        super().__init__('order.placed')\n\n"
            "Orders().tell({'id': 1})",
            id="a subclass",
        ),
    ],
)
def test_a_producer_publishes_to_the_topic_that_it_was_made_for(source: str) -> None:
    base = (
        "from kafka import KafkaProducer\n\nclass Producer:\n    def __init__(self, topic):\n        self.topic = topic\n"
        "        self.kafka = KafkaProducer()\n    def tell(self, data):\n        self.kafka.send(self.topic, data)\n\n"
    )
    assert {item.rpartition(" -> ")[2] for item in flow(shop=base + source)} == {"order.placed"}
