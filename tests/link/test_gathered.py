"""Handlers that are listed without their events, which their own signatures tell."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

SHOP = """
from dataclasses import dataclass
from functools import partial
from lib import Bus, Handler, Singleton

@dataclass(frozen=True)
class OrderPlaced: id: int

@dataclass(frozen=True)
class OrderPaid: id: int

async def greet(event: OrderPlaced): print(event)
async def bill(event: OrderPaid, uow): print(event)
async def start(): ...

class Index:
    def __init__(self, search=None): self.search = search
    def handle(self, event: OrderPlaced): ...
"""


def handled(source: str) -> list[str]:
    program = analyse_sources({"shop.py": SHOP + source})
    names = {event.id: event.name for event in program.events}
    return sorted(f"{names[item.event]} -> {item.handler}" for item in program.subscriptions)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("EVENT_HANDLERS = [greet, bill, start]", id="a list"),
        pytest.param("class Shop:\n    event_handlers: list = (greet, bill)", id="a class"),
        pytest.param("class Shop:\n    def __init__(self): self._event_listeners = [greet, bill]", id="an attribute"),
        pytest.param("bus = Bus(event_handlers=[greet, bill])", id="an argument"),
        pytest.param("event_handlers = Singleton(Handler(greet), partial(bill, uow=1))", id="wrapped"),
        pytest.param("subscribers = [*[greet], bill]", id="other words"),
    ],
)
def test_listed_handlers_handle_what_they_are_annotated_with(source: str) -> None:
    assert handled(source) == ["OrderPaid -> bill", "OrderPlaced -> greet"]


def test_classes_and_their_objects_are_handlers() -> None:
    assert handled("event_handlers = [Index]") == handled("event_handlers = [Index(search=3)]")
    assert handled("event_handlers = [Index]") == ["OrderPlaced -> Index"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("handlers = [greet, bill]", id="handlers of anything"),
        pytest.param("command_handlers = [greet]", id="handlers of commands"),
        pytest.param("event_handlers = [start, print, 3]", id="no event"),
        pytest.param("event_handlers = greet", id="no list"),
    ],
)
def test_other_lists_are_left_alone(source: str) -> None:
    assert handled(source) == []


def test_what_is_known_otherwise_is_not_told_twice() -> None:
    source = "EVENT_HANDLERS = {OrderPlaced: [greet]}\nALL_EVENT_HANDLERS = [greet]"
    assert handled(source) == ["OrderPlaced -> greet"]
