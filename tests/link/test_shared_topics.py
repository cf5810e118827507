"""Several events on one topic, named by what the payload carries."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.flow import Flow

PRODUCER = """
import json
from aiokafka import AIOKafkaProducer

producer = None

async def start():
    global producer
    producer = AIOKafkaProducer(bootstrap_servers="kafka:9092")

async def send(payload: dict):
    await producer.send_and_wait(TOPIC, json.dumps(payload).encode())

async def place():
    await send({"event": "OrderPlaced", "id": 1})

async def cancel():
    payload = {"event": "OrderCancelled", "id": 1}
    await send(payload)
"""
CONSUMER = """
import json
from aiokafka import AIOKafkaConsumer

async def bill(data): ...

async def listen():
    consumer = AIOKafkaConsumer("orders")
    async for message in consumer:
        data = json.loads(message.value)
%s
"""
CHAINS = [
    pytest.param(
        '        if data["event"] == "OrderPlaced":\n            await bill(data)\n'
        '        elif data.get("event") in ("OrderCancelled", "order"):\n            print(data)',
        id="comparisons",
    ),
    pytest.param(
        '        kind = data.get("event")\n        match kind:\n            case "OrderPlaced":\n                await bill(data)\n'
        '            case "OrderCancelled" | "other":\n                print(data)',
        id="match",
    ),
]


@pytest.mark.parametrize("topic", ['"orders"', "settings.topic"])
def test_the_payload_names_the_event(topic: str) -> None:
    program = analyse_sources({"shop.py": PRODUCER.replace("TOPIC", topic)})
    assert [(item.event, item.location.line) for item in program.publications] == [
        ("topic:kafka/OrderPlaced", 15),
        ("topic:kafka/OrderCancelled", 19),
    ]
    assert not program.unresolved


def test_a_topic_that_states_a_fact_names_it_itself() -> None:
    program = analyse_sources({"shop.py": PRODUCER.replace("TOPIC", '"orders.placed"')})
    assert {item.event for item in program.publications} == {"topic:kafka/orders.placed"}


@pytest.mark.parametrize("chain", CHAINS)
def test_a_handler_tells_events_apart(chain: str) -> None:
    program = analyse_sources({"billing.py": CONSUMER % chain})
    assert [(item.event, item.handler) for item in program.subscriptions] == [
        ("topic:kafka/OrderPlaced", "bill"),
        ("topic:kafka/OrderCancelled", "listen"),
    ]


def test_whoever_takes_the_topic_takes_its_events() -> None:
    sources = {"shop.py": PRODUCER.replace("TOPIC", '"orders"'), "log.py": CONSUMER % "        print(data)"}
    flow = Flow.of(analyse_sources(sources))
    assert [item.handler for item in flow.subscriptions_to("topic:kafka/OrderPlaced")] == ["listen"]
    assert len(flow.publications_of("topic:kafka/orders")) == 2


def test_a_consumer_is_followed_from_where_it_is_made_to_where_it_is_polled() -> None:
    sources = {
        "kafka.py": """
from confluent_kafka import Consumer

def build(group, topics) -> Consumer:
    made = Consumer({"group.id": group})
    made.subscribe(list(topics))
    return made

def poll(consumer: Consumer):
    return consumer.poll(1.0)
""",
        "billing.py": """
from kafka import build, poll

def run():
    consumer = build("billing", topics=("orders.placed",))
    while True:
        print(poll(consumer))
""",
    }
    program = analyse_sources(sources)
    assert [(item.event, item.handler) for item in program.subscriptions] == [("topic:kafka/orders.placed", "run")]


SETTINGS = """
import os, json
from aiokafka import AIOKafkaProducer
from decouple import config
from pydantic_settings import BaseSettings
from starlette.config import Config

conf = Config(".env")

class Settings(BaseSettings):
    placed: str
    paid: str = "orders.paid"

settings = Settings()

async def send(producer: AIOKafkaProducer):
    await producer.send(%s, b"")
"""


@pytest.mark.parametrize(
    ("setting", "topic"),
    [
        ('config("ORDERS", cast=str)', "ORDERS"),
        ('conf("ORDERS", cast=str)', "ORDERS"),
        ('conf("ORDERS", default="orders.placed")', "orders.placed"),
        ('os.environ["ORDERS"]', "ORDERS"),
        ('os.getenv("ORDERS", "orders.placed")', "orders.placed"),
        ("settings.placed", "placed"),
        ("settings.paid", "orders.paid"),
    ],
)
def test_a_topic_that_only_the_environment_knows_goes_by_its_variable(setting: str, topic: str) -> None:
    program = analyse_sources({"shop.py": SETTINGS % setting})
    assert [item.event for item in program.publications] == [f"topic:kafka/{topic}"]


def test_a_topic_of_commands_is_no_event() -> None:
    code = """
from faststream.kafka import KafkaBroker

broker = KafkaBroker()

async def ask():
    await broker.publish({}, topic="create_item_command")

@broker.subscriber("create_item_command")
async def create(item): ...
"""
    program = analyse_sources({"items.py": code})
    assert not program.events
    assert not program.unresolved
