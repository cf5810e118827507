"""Buses that a configuration declares in a few lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evlint import config
from evlint.app import analyse_sources
from evlint.dialects import load_dialects
from evlint.model.errors import UsageError
from evlint.model.program import Program

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WIRE = """
import native

class Wire:
    def __init__(self): self._core = native.Core()
    def tell(self, sender, topic, payload): self._core.push(topic, payload)
    def hear(self, handler, topic): self._core.attach(topic, handler)
    def on(self, topic): return self._core.decorator(topic)

wire = Wire()
"""
NAMED = '[bus.wire]\nclass = "wire.Wire"\npublish = ["tell(sender, event)"]\n'
NAMED += 'subscribe = ["hear(handler, event)", "on(event)"]\nevents = "topic"\n'
CLASSES = """
from house import Wire, attach
wire = Wire()

class OrderPlaced: ...

def place(): wire.tell(OrderPlaced())
def bill(event): ...
def mail(event: OrderPlaced): ...
wire.hear(OrderPlaced, bill)
"""


def program(sources: dict[str, str], table: str) -> Program:
    parsed = config.parse(tomllib.loads(table), Path("evlint.toml"))
    return analyse_sources(sources, load_dialects(buses=parsed.buses))


def facts(found: Program) -> list[tuple[str, str]]:
    return [
        *((item.event, item.location.symbol) for item in found.publications),
        *((item.event, item.handler) for item in found.subscriptions),
    ]


def test_methods_say_where_the_event_and_the_handler_stand() -> None:
    shop = """
from wire import wire
def place(order): wire.tell(place, "order.placed", order)
def bill(order): ...
wire.hear(bill, "order.placed")
@wire.on("order.placed")
def mail(order): ...
"""
    placed = "topic:wire/order.placed"
    found = facts(program({"wire.py": WIRE, "shop.py": shop}, NAMED))
    assert found == [(placed, "place"), (placed, "bill"), (placed, "mail")]


def test_a_bus_of_classes_may_be_elsewhere() -> None:
    table = '[bus.house]\nclass = "house.Wire"\npublish = ["tell"]\nsubscribe = ["hear"]\n'
    placed = "class:shop.OrderPlaced"
    assert facts(program({"shop.py": CLASSES}, table)) == [(placed, "place"), (placed, "bill")]


def test_a_handler_alone_says_by_its_annotation_what_it_takes() -> None:
    table = '[bus.house]\nclass = "house.Wire"\npublish = ["tell"]\nsubscribe = ["add(handler)"]\n'
    placed = "class:shop.OrderPlaced"
    assert facts(program({"shop.py": CLASSES + "wire.add(mail)\n"}, table)) == [(placed, "place"), (placed, "mail")]


def test_a_bus_may_be_a_module() -> None:
    bus = "import native\n\ndef tell(event): native.push(event)\n\ndef hear(kind, handler): native.attach(kind, handler)\n"
    shop = CLASSES.replace("from house import Wire, attach\nwire = Wire()", "import wire")
    table = '[bus.house]\nclass = "wire"\npublish = ["tell"]\nsubscribe = ["hear"]\n'
    placed = "class:shop.OrderPlaced"
    assert facts(program({"wire.py": bus, "shop.py": shop}, table)) == [(placed, "place"), (placed, "bill")]


def test_an_instance_and_its_class_are_one_bus() -> None:
    """A class method is the same function by either way, and counts once."""
    bus = "import native\n\nclass Wire:\n    @classmethod\n    def tell(cls, event): native.push(event)\n"
    shop = "from app.wire import Wire\nclass OrderPlaced: ...\ndef place(): Wire.tell(OrderPlaced())\n"
    shop += "def again(): Wire().tell(OrderPlaced())\n"
    table = '[bus.house]\nclass = "app.wire.Wire"\npublish = ["tell"]\n'
    found = program({"app/__init__.py": "", "app/wire.py": bus, "shop.py": shop}, table)
    assert [symbol for _, symbol in facts(found)] == ["place", "again"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        pytest.param("bus = 1", "`bus`", id="no table of tables"),
        pytest.param("bus.wire = 1", "`bus.wire` must be a table", id="no table"),
        pytest.param("bus.wire.publish = ['tell']", "missing required field `class`", id="no class"),
        pytest.param("bus.wire.klass = 'a.B'", "unknown key `bus.wire.klass`; did you mean `class`?", id="a key"),
        pytest.param(
            "bus.wire = {class = 'Wire', publish = ['tell']}",
            "`Wire` is no dotted name",
            id="a class without its module",
        ),
        pytest.param("bus.wire.class = 'a.B'", "`bus.wire`: neither `publish` nor `subscribe`", id="no method"),
        pytest.param("bus.wire = {class = 'a.B', publish = 'tell'}", "`bus.wire.publish`: expected list", id="no list"),
        pytest.param(
            "bus.wire = {class = 'a.B', publish = ['b', 'tell(it)']}",
            "`bus.wire`: `publish[1]`: `tell(it)` has no parameter called `event`",
            id="a method without the event",
        ),
        pytest.param(
            "bus.wire = {class = 'a.B', subscribe = ['a b(']}",
            "`bus.wire`: `subscribe[0]`: `a b(` is neither a method's name",
            id="no method's name",
        ),
        pytest.param(
            "bus.wire = {class = 'a.B', publish = ['b'], events = 'topics'}", "`bus.wire.events`", id="a kind"
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(table: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        config.parse(tomllib.loads(table), Path("evlint.toml"))
    assert str(error.value).startswith("evlint.toml: ")
    assert told in str(error.value)


def test_a_bus_cannot_take_the_name_of_a_dialect() -> None:
    with pytest.raises(UsageError, match=r"`bus\.pyee`: a dialect is called so already"):
        program({}, '[bus.pyee]\nclass = "a.B"\npublish = ["tell"]\n')
