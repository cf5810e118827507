"""Registrations in loops: each turn pairs one event with its own handlers."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

BUS = """
from collections import defaultdict
class Event: ...
class Bus:
    def __init__(self): self._listeners = defaultdict(list)
    def dispatch(self, event: Event):
        for handle in self._listeners[type(event)]: handle(event)
    def listen(self, event_class, handler):
        self._listeners[event_class].append(handler)
    def listen_all(self, wiring):
        for event, found in wiring.items():
            for handler in found:
                self.listen(event, handler)
"""
EVENTS = """
from bus import Bus, Event
class UserCreated(Event): ...
class UserDeleted(Event): ...
def welcome(event): ...
def leave(event): ...
def log(event): ...
"""


def pairs(source: str) -> set[tuple[str, str, int]]:
    """What `app.py` handles, as (event, handler, line below the events)."""
    program = analyse_sources({"bus.py": BUS, "app.py": f"{EVENTS}{source}"})
    assert not [item for item in program.unresolved if item.location.path == "app.py"]
    names = {event.id: event.name for event in program.events}
    return {
        (names[item.event], item.handler, item.location.line - EVENTS.count("\n")) for item in program.subscriptions
    }


EXPECTED = {("UserCreated", "welcome"), ("UserDeleted", "leave")}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            "PAIRS = [\n    (UserCreated, welcome),\n    (UserDeleted, leave),\n]\nbus = Bus()\nfor event, handler in PAIRS:\n    bus.listen(event, handler)\n",
            (2, 3),
        ),
        (
            "def main(bus: Bus):\n    for event, handler in {\n        UserCreated: welcome,\n        UserDeleted: leave,\n    }.items():\n        bus.listen(event, handler)\n",
            (3, 4),
        ),
        (
            "def main(bus: Bus):\n    bus.listen_all({\n        UserCreated: [welcome],\n        UserDeleted: [leave],\n    })\n",
            (3, 4),
        ),
        (
            "class Wiring:\n    table = {\n        UserCreated: [welcome],\n        UserDeleted: [leave],\n    }\n\ndef main(bus: Bus):\n    bus.listen_all(Wiring.table)\n",
            (3, 4),
        ),
    ],
)
def test_each_entry_pairs_its_own_event_and_handler(source: str, lines: tuple[int, int]) -> None:
    found = pairs(source)
    assert {(event, handler) for event, handler, _ in found} == EXPECTED
    assert sorted(line for _, _, line in found) == sorted(lines)


def test_several_handlers_of_one_entry() -> None:
    found = pairs("wiring = {UserCreated: [welcome, log], UserDeleted: [log]}\nBus().listen_all(wiring)\n")
    assert {(event, handler) for event, handler, _ in found} == {
        ("UserCreated", "welcome"),
        ("UserCreated", "log"),
        ("UserDeleted", "log"),
    }


def test_one_handler_for_all_events_of_a_loop_stays_at_the_call() -> None:
    found = pairs("bus = Bus()\nfor event in (UserCreated, UserDeleted):\n    bus.listen(event, log)\n")
    assert found == {("UserCreated", "log", 3), ("UserDeleted", "log", 3)}


def test_a_container_provides_the_table() -> None:
    found = pairs(
        "from dependency_injector import containers, providers\n"
        "class SendWelcome:\n    def __call__(self, event): ...\n"
        "class App(containers.DeclarativeContainer):\n"
        "    handlers = providers.Dict({UserCreated: providers.List(providers.Factory(SendWelcome))})\n"
        "def main(bus: Bus):\n    container = App()\n    bus.listen_all(container.handlers())\n"
    )
    assert found == {("UserCreated", "SendWelcome", 5)}
