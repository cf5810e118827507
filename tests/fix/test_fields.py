"""Fields of events: immutable types, versions, correlation ids."""

from __future__ import annotations

import pytest

from tests.fix.operating import BUS, operate, sent, texts

DATACLASS = "from dataclasses import dataclass, field\n\n@dataclass(frozen=True)\nclass OrderPlaced:\n"
MAPPING = "from collections.abc import Mapping\n"


@pytest.mark.parametrize(
    ("field", "expected", "arguments", "given"),
    [
        pytest.param("lines: list[str]", "lines: tuple[str, ...]", "['a', 'b']", "('a', 'b')", id="a list"),
        pytest.param("lines: list[str]", "lines: tuple[str, ...]", "['a']", "('a',)", id="of one"),
        pytest.param("lines: list[str]", "lines: tuple[str, ...]", "[]", "()", id="of none"),
        pytest.param("lines: list", "lines: tuple", "lines=load()", "lines=tuple(load())", id="whatever is in it"),
        pytest.param("lines: list[int]", "lines: tuple[int, ...]", "[x for x in a]", "tuple(x for x in a)", id="made"),
        pytest.param("tags: set[str]", "tags: frozenset[str]", "{'a'}", "frozenset({'a'})", id="a set"),
        pytest.param(
            "lines: list[list[str]] | None",
            "lines: tuple[tuple[str, ...], ...] | None",
            "BUS",
            "None if BUS is None else tuple(BUS)",
            id="nested and optional",
        ),
        pytest.param(
            "lines: list[str] = field(default_factory=list)  # kept",
            "lines: tuple[str, ...] = field(default_factory=tuple)  # kept",
            "",
            "",
            id="a factory",
        ),
        pytest.param(
            "lines: list = field(default_factory=lambda: ['a'])",
            "lines: tuple = field(default_factory=lambda: ('a',))",
            "",
            "",
            id="a factory of its own",
        ),
        pytest.param("lines: list[str]", "lines: tuple[str, ...]", "tuple(a)", "tuple(a)", id="a tuple already"),
    ],
)
def test_a_field_becomes_immutable(field: str, expected: str, arguments: str, given: str) -> None:
    sources = {"bus.py": BUS, "events.py": f"{DATACLASS}    {field}\n", "orders.py": sent("OrderPlaced", arguments)}
    fixed = operate(sources, "EVL103")
    assert (fixed.contents, len(fixed.unsafe)) == ({}, 1)
    after = texts(sources, operate(sources, "EVL103", unsafe=True))
    assert after["events.py"] == f"{DATACLASS}    {expected}\n"
    assert after["orders.py"] == sent("OrderPlaced", given)
    assert operate(after, "EVL103", unsafe=True).contents == {}


def test_what_may_be_none_stays_none() -> None:
    more = "\n\ndef again(lines=None):\n    bus.publish(OrderPlaced(lines))\n"
    events = f"{DATACLASS}    lines: list[str]\n"
    sources = {"bus.py": BUS, "events.py": events, "orders.py": sent("OrderPlaced", "[]") + more}
    after = texts(sources, operate(sources, "EVL103", unsafe=True))
    assert "OrderPlaced(None if lines is None else tuple(lines))" in after["orders.py"]


def test_a_dict_becomes_a_mapping() -> None:
    sources = {
        "bus.py": BUS,
        "events.py": f'"""Events."""\n{DATACLASS}    rates: dict[str, float]\n',
        "orders.py": sent("OrderPlaced", "{}"),
    }
    after = texts(sources, operate(sources, "EVL103", unsafe=True))
    assert after["events.py"] == f'"""Events."""\n{MAPPING}{DATACLASS}    rates: Mapping[str, float]\n'
    assert after["orders.py"] == sources["orders.py"]


def test_pydantic_converts_by_itself() -> None:
    event = "from pydantic import BaseModel\n\nclass OrderPlaced(BaseModel, frozen=True):\n    lines: list[str] = []\n"
    sources = {"bus.py": BUS, "events.py": event, "orders.py": sent("OrderPlaced", "lines=[1]")}
    after = texts(sources, operate(sources, "EVL103", unsafe=True))
    assert "    lines: tuple[str, ...] = ()\n" in after["events.py"]
    assert after["orders.py"] == sources["orders.py"]


@pytest.mark.parametrize(
    ("field", "more"),
    [
        pytest.param("lines: list[str]", "def grow(event):\n    event.lines.append(1)\n", id="it grows"),
        pytest.param("lines: list[str]", "def grow(event):\n    event.lines[0] = 1\n", id="it changes"),
        pytest.param(
            "lines: list[str]", "def same(event):\n    return event.lines == ['a']\n", id="held against a list"
        ),
        pytest.param("lines: list[str]", "def more(event):\n    return ['a'] + event.lines\n", id="added to a list"),
        pytest.param("lines: 'list[str]'", "", id="a type in quotes"),
        pytest.param("lines: list[str]", "def make(a):\n    bus.publish(OrderPlaced(*a))\n", id="unpacked arguments"),
    ],
)
def test_a_field_that_nobody_can_vouch_for_is_left_alone(field: str, more: str) -> None:
    sources = {
        "bus.py": BUS,
        "events.py": f"{DATACLASS}    {field}\n",
        "orders.py": f"{sent('OrderPlaced', '[]')}\n\n{more}",
    }
    fixed = operate(sources, "EVL103", unsafe=True)
    assert fixed.contents == {}


BROKER = """\
from events import OrderPlaced
from faststream.kafka import KafkaBroker

broker = KafkaBroker()


async def place(order_id, correlation_id):
    await broker.publish(OrderPlaced(order_id=order_id), topic="orders")
"""
MODEL = "from pydantic import BaseModel\n\n\nclass OrderPlaced(BaseModel, frozen=True):\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            '    """It was."""\n\n    order_id: int  # ours\n\n    def total(self):\n        return 1\n',
            '    """It was."""\n\n    order_id: int  # ours\n    version: int = 1\n\n    def total(self):\n        return 1\n',
            id="behind the others",
        ),
        pytest.param("    pass\n", "    version: int = 1\n", id="in the place of nothing"),
        pytest.param('    """It was."""\n', '    """It was."""\n    version: int = 1\n', id="behind the docstring"),
    ],
)
def test_a_version_is_added(body: str, expected: str) -> None:
    sources = {"orders.py": BROKER, "events.py": MODEL + body}
    after = texts(sources, operate(sources, "EVL104", unsafe=True))
    assert after["events.py"] == MODEL + expected
    assert operate(after, "EVL104", unsafe=True).contents == {}


def test_a_version_is_added_to_a_class_of_one_line() -> None:
    event = (
        "from pydantic import BaseModel\n\nclass Base(BaseModel):\n    at: int\n\nclass OrderPlaced(Base): ...  # now\n"
    )
    sources = {"orders.py": BROKER, "events.py": event}
    after = texts(sources, operate(sources, "EVL104", unsafe=True))
    assert "class OrderPlaced(Base):\n    version: int = 1  # now\n" in after["events.py"]


def test_a_required_field_never_follows_the_version() -> None:
    event = "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass OrderPlaced:\n    order_id: int\n"
    other = "\n@dataclass(frozen=True)\nclass Grown(OrderPlaced):\n    more: int\n"
    sources = {"orders.py": BROKER, "events.py": event + other}
    assert operate(sources, "EVL104", unsafe=True).contents == {}
    sources["events.py"] = event
    assert list(operate(sources, "EVL104", unsafe=True).contents) == ["events.py"]


PRODUCER = """\
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer


@dataclass(frozen=True)
class StockReserved:
    sku: str
{field}

async def reserve(producer: AIOKafkaProducer, sku, correlation_id):
    await producer.send_and_wait("stock.reserved", StockReserved(sku{given}))
"""


def test_a_correlation_id_is_added_and_given() -> None:
    sources = {"stock.py": PRODUCER.format(field="", given="")}
    after = texts(sources, operate(sources, "EVL207", unsafe=True))
    field = '    correlation_id: str = ""\n'
    assert after == {"stock.py": PRODUCER.format(field=field, given=", correlation_id=correlation_id")}
    assert operate(after, "EVL207", unsafe=True).contents == {}


def test_the_id_is_that_of_the_event_that_is_handled() -> None:
    events = """\
from dataclasses import dataclass


@dataclass(frozen=True)
class OrderPlaced:
    order_id: int
    trace_id: str


@dataclass(frozen=True)
class OrderBilled:
    order_id: int
"""
    billing = """\
from aiokafka import AIOKafkaProducer

from bus import bus
from events import OrderBilled, OrderPlaced

producer = AIOKafkaProducer()


async def bill(placed):
    await producer.send_and_wait("billed", OrderBilled(placed.order_id))


bus.subscribe(OrderPlaced, bill)
"""
    sources = {"bus.py": BUS, "events.py": events, "billing.py": billing}
    after = texts(sources, operate(sources, "EVL207", unsafe=True))
    assert "OrderBilled(placed.order_id, correlation_id=placed.trace_id)" in after["billing.py"]


HANDLER = """\
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


@dataclass(frozen=True)
class OrderBilled:
    order: str
    correlation_id: str | None = None


async def run(producer: AIOKafkaProducer):
    async for message in AIOKafkaConsumer("order.placed"):
{known}        event = OrderBilled(order=message.value["order"]{given})
        await producer.send_and_wait("order.billed", event)
"""


def test_an_id_that_is_at_hand_is_passed_on() -> None:
    known = '        correlation_id = message.value["id"]\n'
    sources = {"billing.py": HANDLER.format(known=known, given="")}
    after = texts(sources, operate(sources, "EVL207", unsafe=True))
    assert after == {"billing.py": HANDLER.format(known=known, given=", correlation_id=correlation_id")}


def test_no_id_is_made_up() -> None:
    sources = {"billing.py": HANDLER.format(known="", given="")}
    fixed = operate(sources, "EVL207", unsafe=True)
    assert (fixed.contents, [reason for _, reason in fixed.refused]) == ({}, ["what is handled carries no such id"])
