"""A program of any size, made up: parts that publish events, handle those of the part before, and mostly do neither."""

from __future__ import annotations

from pathlib import Path

BUS = """\
class EventBus:
    def __init__(self):
        self._handlers = {}

    def subscribe(self, kind, handler):
        self._handlers.setdefault(kind, []).append(handler)

    def publish(self, event):
        for handler in self._handlers.get(type(event), []):
            handler(event)


bus = EventBus()
"""
EVENT = '''\
@dataclass{arguments}
class {name}:
    """{name} says what it says."""

    item_id: str
    version: int = 1
'''
METHOD = """\
    def change{number}(self, item_id):
        item = self.session.get(item_id)
        item.state = {number}
        self.session.commit()
        bus.publish({name}(item_id))
"""
HANDLER = """\
def on_item{number}(event: {name}):
    print(event.item_id)


bus.subscribe({name}, on_item{number})
"""
FUNCTION = """\
def total{number}(values, factor={number}):
    result = 0
    for value in values:
        if value > factor:
            result += value * factor
    return result
"""
EVENTS = 4
PLAIN = 6
FUNCTIONS = 12


def generate(root: Path, files: int, *, frozen: bool = True) -> int:
    """Write a program of at least so many files below `root`; returns how many there are.

    Events that are not `frozen` are a finding each.
    """
    (root / ".git").mkdir(parents=True)
    written = _write(root, "shop/__init__.py", "") + _write(root, "shop/bus.py", BUS)
    part = 0
    while written < files:
        written += _part(root, part, frozen=frozen)
        part += 1
    return written


def _part(root: Path, part: int, *, frozen: bool) -> int:
    folder = f"shop/part{part}"
    own = [f"Part{part}Item{number}Changed" for number in range(EVENTS)]
    others = [f"Part{max(part - 1, 0)}Item{number}Changed" for number in range(EVENTS)]
    arguments = "(frozen=True)" if frozen else ""
    bus = "from shop.bus import bus\n"
    texts = {
        "__init__": "",
        "events": "from dataclasses import dataclass\n\n\n"
        + "\n\n".join(EVENT.format(name=name, arguments=arguments) for name in own),
        "service": f"{bus}from {folder.replace('/', '.')}.events import {', '.join(own)}\n\n\n"
        "class Service:\n    def __init__(self, session):\n        self.session = session\n\n"
        + "\n".join(METHOD.format(number=number, name=name) for number, name in enumerate(own)),
        "handlers": f"{bus}from shop.part{max(part - 1, 0)}.events import {', '.join(others)}\n\n\n"
        + "\n\n".join(HANDLER.format(number=number, name=name) for number, name in enumerate(others)),
    }
    plain = "\n\n".join(FUNCTION.format(number=number) for number in range(FUNCTIONS))
    texts |= {f"module{number}": plain for number in range(PLAIN)}
    return sum(_write(root, f"{folder}/{name}.py", text) for name, text in texts.items())


def _write(root: Path, path: str, text: str) -> int:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return 1
