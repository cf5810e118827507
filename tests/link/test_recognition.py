"""The same facts, however the code is written."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

BUS = """
class EventBus:
    def __init__(self): self._subs = {}
    def subscribe(self, kind, handler): self._subs.setdefault(kind, []).append(handler)
    def publish(self, event):
        for handler in self._subs.get(type(event), []): handler(event)

bus = EventBus()
"""
EVENTS = """
from dataclasses import dataclass

@dataclass(frozen=True)
class OrderPlaced:
    order_id: int
"""
HANDLERS = """
from shop.bus import bus
from shop.events import OrderPlaced

def confirm(event): ...

bus.subscribe(OrderPlaced, confirm)
"""
ORDERS = [
    pytest.param(
        "from shop.bus import bus\nfrom shop.events import OrderPlaced\n\ndef place():\n    bus.publish(OrderPlaced(1))\n",
        id="plain",
    ),
    pytest.param(
        "import shop.events as facts\nfrom shop import bus as wires\n\ndef place():\n    wires.bus.publish(facts.OrderPlaced(1))\n",
        id="aliased modules",
    ),
    pytest.param(
        "from shop.bus import bus\nfrom shop.events import OrderPlaced as Placed\n\ndef place():\n"
        "    event = Placed(\n        order_id=1,\n    )\n    bus.publish(\n        event\n    )\n",
        id="a local variable, over several lines",
    ),
    pytest.param(
        "from shop.bus import EventBus\nfrom shop.events import OrderPlaced\n\nclass Orders:\n"
        "    def __init__(self, bus: EventBus):\n        self._bus = bus\n\n    def place(self):\n"
        "        self._bus.publish(OrderPlaced(1))\n",
        id="an attribute from an annotated parameter",
    ),
    pytest.param(
        "from __future__ import annotations\nfrom typing import Annotated, Optional\nfrom shop.bus import EventBus\n"
        "from shop.events import OrderPlaced\n\ndef place(bus: 'Optional[EventBus]' = None):\n    bus.publish(OrderPlaced(1))\n",
        id="a string annotation",
    ),
    pytest.param(
        "from shop.bus import bus\nfrom shop.events import OrderPlaced\n\nclass Wire:\n    def tell(self, fact):\n"
        "        bus.publish(fact)\n\nclass Deeper:\n    wire: Wire\n    def say(self, fact):\n        self.wire.tell(fact)\n\n"
        "def place(deeper: Deeper):\n    deeper.say(OrderPlaced(1))\n",
        id="two forwarders",
    ),
    pytest.param(
        "from shop.bus import EventBus\nfrom shop.events import OrderPlaced\n\ndef get_bus() -> EventBus: ...\n\n"
        "def place():\n    get_bus().publish(OrderPlaced(1))\n",
        id="a factory's return annotation",
    ),
    pytest.param(
        "from shop.bus import bus\nfrom shop.events import OrderPlaced\n\ndef place():\n"
        "    for event in (OrderPlaced(1), OrderPlaced(2)):\n        bus.publish(event)\n",
        id="a loop over a literal",
    ),
]


@pytest.mark.parametrize("orders", ORDERS)
def test_a_publication_is_found_however_it_is_written(orders: str) -> None:
    program = analyse_sources(
        {
            "shop/__init__.py": "",
            "shop/bus.py": BUS,
            "shop/events.py": EVENTS,
            "shop/handlers.py": HANDLERS,
            "shop/orders.py": orders,
        },
        [],
    )
    assert [item.event for item in program.publications] == ["class:shop.events.OrderPlaced"]
    assert [item.handler for item in program.subscriptions] == ["confirm"]
    assert program.unresolved == ()


def test_an_event_that_moved_keeps_its_identity_through_a_re_export() -> None:
    sources = {
        "shop/__init__.py": "",
        "shop/bus.py": BUS,
        "shop/facts/__init__.py": "from .orders import *\n",
        "shop/facts/orders.py": EVENTS,
        "shop/events.py": "from shop.facts import OrderPlaced\n",
        "shop/handlers.py": HANDLERS,
        "shop/orders.py": ORDERS[0].values[0],
    }
    program = analyse_sources({path: str(text) for path, text in sources.items()}, [])
    assert {item.event for item in program.publications} == {"class:shop.facts.orders.OrderPlaced"}
    assert {item.event for item in program.subscriptions} == {"class:shop.facts.orders.OrderPlaced"}


def test_a_forwarder_is_no_publication() -> None:
    source = BUS + EVENTS + "\ndef tell(fact):\n    bus.publish(fact)\n\ndef place():\n    tell(OrderPlaced(1))\n"
    program = analyse_sources({"shop.py": source}, [])
    assert [item.location.symbol for item in program.publications] == ["place"]


def test_a_command_in_a_table_of_handlers_is_no_event() -> None:
    source = (
        "class Command: ...\nclass PlaceOrder(Command): ...\nclass OrderPlaced: ...\ndef place(c): ...\ndef tell(e): ...\n"
        "EVENT_HANDLERS = {OrderPlaced: [tell], PlaceOrder: [place]}\n"
    )
    program = analyse_sources({"shop.py": source}, [])
    assert [event.name for event in program.events] == ["OrderPlaced"]


def test_a_cycle_of_forwarders_ends() -> None:
    source = BUS + "\ndef ping(fact):\n    pong(fact)\n    bus.publish(fact)\n\ndef pong(fact):\n    ping(fact)\n"
    assert analyse_sources({"shop.py": source}, []).publications == ()


@pytest.mark.parametrize(
    ("annotation", "name"), [("OrderPlaced", "OrderPlaced"), ("Payload", "orders"), ("dict", "orders")]
)
def test_a_payload_annotated_with_a_fact_is_the_event(annotation: str, name: str) -> None:
    source = (
        "from faststream.kafka import KafkaBroker\n\nbroker = KafkaBroker()\n\n"
        "class OrderPlaced:\n    order_id: int\n\nclass Payload:\n    order_id: int\n\n"
        f"async def place(order: {annotation}):\n    await broker.publish(order, topic='orders')\n"
    )
    program = analyse_sources({"shop.py": source})
    assert [event.name for event in program.events] == [name]
    assert [publication.channel or "orders" for publication in program.publications] == ["orders"]


def test_what_a_method_of_an_event_works_out_is_no_event() -> None:
    source = (
        "class OrderPlaced:\n    order_id: int\n    def weight(self): return self.order_id * 2\n"
        "class EventPublisher:\n    def publish_weight(self, value): ...\n"
        "def work(publisher: EventPublisher, order: OrderPlaced):\n    publisher.publish_weight(value=order.weight())\n"
    )
    assert analyse_sources({"shop.py": source}).publications == ()


@pytest.mark.parametrize(
    ("routing_key", "names"),
    [
        ('kind.replace(".", "_")', ["order_placed"]),
        ("kind.replace(DOT, '-')", ["order-placed"]),
        ("kind.replace('.', unknown())", []),
    ],
)
def test_a_topic_may_be_spelled_otherwise_on_the_wire(routing_key: str, names: list[str]) -> None:
    source = (
        "from faststream.rabbit import RabbitBroker\n\nbroker = RabbitBroker()\nDOT = '.'\n\n"
        f"async def send(kind: str, body):\n    key = {routing_key}\n    await broker.publish(body, queue=key)\n\n"
        "async def place():\n    await send('order.placed', b'')\n"
    )
    assert [event.name for event in analyse_sources({"shop.py": source}).events] == names


def test_a_class_may_be_imported_from_deeper_inside_its_package() -> None:
    source = """
from faststream.rabbit.router import RabbitRouter
from faststream.rabbit.schemas.queue import RabbitQueue
router = RabbitRouter()

@router.subscriber(RabbitQueue("order.placed"))
async def bill(order: dict): ...

async def again(broker, task: dict):
    await router.broker.publish(task, task.get("queue"))
"""
    program = analyse_sources({"shop.py": source})
    assert [event.name for event in program.events] == ["order.placed"]
    assert [item.handler for item in program.subscriptions] == ["bill"]
    assert not program.publications


@pytest.mark.parametrize("package", [True, False])
def test_a_folder_that_is_called_like_a_library_does_not_hide_it(*, package: bool) -> None:
    sources = {
        "app/infrastructure/redis/client.py": """
from redis import Redis
client = Redis()
def tell(): client.publish("order.placed", "{}")
""",
        "app/infrastructure/redis/names.py": "PAID = 'order.paid'\n",
        "app/checkout.py": """
from infrastructure.redis.client import client
from infrastructure.redis.names import PAID
def pay(): client.publish(PAID, "{}")
""",
    }
    if package:
        sources |= {"app/infrastructure/__init__.py": "", "app/infrastructure/redis/__init__.py": ""}
    program = analyse_sources(sources)
    assert {event.name for event in program.events} == {"order.placed", "order.paid"}


def test_what_waits_and_what_is_only_called_back_are_no_events() -> None:
    source = """
class RotaryEvent:
    async def update(self): ...

class Hub:
    def __init__(self): self.events = []

def add(hub: Hub): hub.events.append(RotaryEvent())

def first(reply): ...
_RESPONSE_CALLBACKS = {"JSON.MERGE": first, "default_keyed": first}
_EVENT_HANDLERS = {"order.placed": first, "JSON.MERGE": first}
"""
    program = analyse_sources({"client.py": source})
    names = {event.id: event.name for event in program.events}
    assert not program.publications
    assert {names[item.event] for item in program.subscriptions} == {"order.placed", "JSON.MERGE"}


def test_what_every_event_is_handed_over_as_names_none() -> None:
    source = """
import asyncio
import paho.mqtt.client as mqtt
class Event: ...
def bill(client, userdata, message: Event): ...
client = mqtt.Client()
client.message_callback_add("orders/placed", bill)
"""
    assert [event.name for event in analyse_sources({"shop.py": source}).events] == ["orders/placed"]


def test_variables_that_are_set_again_and_again_are_followed_once() -> None:
    steps = "\n".join(f"    value = mixed(value, value, left)\n    left = mixed(value, left, {n})" for n in range(30))
    source = f"""
from bus_of_others import mixed
class Bus: ...
def send(event_bus: Bus, value, left):
{steps}
    event_bus.publish(value)
"""
    assert not analyse_sources({"shop.py": source}).publications


def test_a_helper_that_makes_clients_makes_the_one_that_it_is_asked_for() -> None:
    program = analyse_sources(
        {
            "shop.py": "import boto3\n\ndef client(service, **options): return boto3.client(service, **options)\n\n"
            "def place(): client('sqs').send_message(QueueUrl='orders', MessageBody='{}')\n"
            "def send(): boto3.client(service_name='sns').publish(TopicArn='a:b:mails', Message='')\n"
        }
    )
    assert sorted(event.name for event in program.events) == ["mails", "orders"]
