"""What code does with an event that it holds."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.model.program import Program

BUS = """
from dataclasses import dataclass

class EventBus:
    def __init__(self): self._subs = {}
    def subscribe(self, kind, handler): self._subs.setdefault(kind, []).append(handler)
    def publish(self, event):
        for handler in self._subs.get(type(event), []): handler(event)

bus = EventBus()

@dataclass
class OrderPlaced:
    order_id: int
    lines: list
    total: int = 0

    def is_free(self): ...

def place():
    bus.publish(OrderPlaced(1, []))
"""


def program(handler: str) -> Program:
    return analyse_sources({"shop.py": f"{BUS}\n{handler}\nbus.subscribe(OrderPlaced, ship)\n"})


@pytest.mark.parametrize(
    ("handler", "reads"),
    [
        pytest.param("def ship(event): print(event.order_id)", ["order_id"], id="an attribute"),
        pytest.param("def ship(event: OrderPlaced): x(event.order_id + event.total)", ["order_id", "total"], id="two"),
        pytest.param("def ship(event):\n    fact = event\n    print(fact.total)", ["total"], id="another name"),
        pytest.param("def ship(event): print(f'{event.total}', event)", ["total"], id="an f-string"),
        pytest.param("def ship(event): print(getattr(event, 'total', 0))", ["total"], id="getattr"),
        pytest.param(
            "def ship(event): inner(event)\ndef inner(placed): print(placed.total)", ["total"], id="a call on"
        ),
        pytest.param("def ship(event):\n    if isinstance(event, OrderPlaced): print(event.total)", ["total"], id="if"),
        pytest.param(
            "def ship(event):\n    match event:\n        case OrderPlaced(total=total): print(total)",
            ["total"],
            id="match",
        ),
        pytest.param("def ship(event):\n    def later(): print(event.total)\n    later()", ["total"], id="a closure"),
        pytest.param("def ship(event): run(lambda: event.total)", ["total"], id="a lambda"),
        pytest.param("def ship(event): pass", [], id="nothing"),
    ],
)
def test_a_handler_reads_fields(handler: str, reads: list[str]) -> None:
    (subscription,) = program(handler).subscriptions
    assert [read.name for read in subscription.reads] == reads
    assert not subscription.whole
    assert all(read.known for read in subscription.reads)


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param("def ship(event): store(event)", id="to unknown code"),
        pytest.param("def ship(event): return event", id="back"),
        pytest.param("def ship(event): send(**event)", id="unpacked"),
        pytest.param("def ship(event): event = parse(event); print(event.x)", id="parsed"),
        pytest.param("def ship(*events): print(events)", id="no parameter for it"),
    ],
)
def test_a_handler_hands_the_event_on(handler: str) -> None:
    (subscription,) = program(handler).subscriptions
    assert subscription.whole
    assert not subscription.reads


@pytest.mark.parametrize(
    ("handler", "known"),
    [
        ("def ship(event): print(event.totl)", False),
        ("def ship(event): print(event.is_free)", True),
        ("def ship(event): print(event.__class__)", True),
        ("def ship(event): print(getattr(event, 'colour', None))", True),
    ],
)
def test_a_read_field_is_one_of_the_class(handler: str, *, known: bool) -> None:
    (subscription,) = program(handler).subscriptions
    assert [read.known for read in subscription.reads] == [known]


@pytest.mark.parametrize("base", ["Unknown", "pydantic.RootModel", "make_base()"])
def test_nobody_can_tell_what_an_unknown_base_gives(base: str) -> None:
    source = BUS.replace("class OrderPlaced:", f"class OrderPlaced({base}):")
    handler = "def ship(event): print(event.anything)"
    (subscription,) = analyse_sources(
        {"shop.py": f"{source}\n{handler}\nbus.subscribe(OrderPlaced, ship)\n"}
    ).subscriptions
    assert [read.known for read in subscription.reads] == [True]


@pytest.mark.parametrize(
    ("handler", "field"),
    [
        ("def ship(event): event.total = 1", "total"),
        ("def ship(event): event.total += 1", "total"),
        ("def ship(event): event.lines.append(1)", "lines"),
        ("def ship(event): event.lines[0] = 1", "lines"),
        ("def ship(event): del event.total", "total"),
        ("def ship(event): setattr(event, 'total', 1)", "total"),
        ("def ship(event): object.__setattr__(event, 'total', 1)", "total"),
        ("def ship(event): inner(event)\ndef inner(placed): placed.total = 1", "total"),
    ],
)
def test_a_handler_changes_the_event(handler: str, field: str) -> None:
    assert [(change.field, change.by) for change in program(handler).changes] == [(field, "handler")]


@pytest.mark.parametrize(
    "handler",
    [
        "def ship(event):\n    order = Order(event.order_id)\n    order.total = event.total",
        "def ship(event):\n    lines = list(event.lines)\n    lines.append(1)",
        "def ship(event):\n    event = OrderPlaced(2, [])\n    event.total = 1",
        "def ship(event):\n    totals[event.order_id] = event.total",
    ],
)
def test_a_handler_changes_other_things(handler: str) -> None:
    assert not [change for change in program(handler).changes if change.by == "handler"]
