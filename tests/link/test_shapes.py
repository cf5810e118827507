"""Home-made buses, and what only looks like one."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.extract import extract
from evlint.link.scopes import Module
from evlint.link.shapes import Bus, buses


def found(source: str) -> list[Bus]:
    return buses(Module("bus.py", "bus", extract(source.encode())))


BUSES = [
    pytest.param(
        """
class Recorded:
    def __init__(self): self._subscriptions = {}
    def subscribe(self, pattern, handler, priority=0):
        subscription = _Subscription(pattern=pattern, handler=handler)
        self._subscriptions.setdefault(pattern, []).append(subscription)
    async def publish(self, topic, payload):
        for subscription in self._matching(topic): await self._invoke(subscription, payload)
    def _matching(self, topic):
        found = []
        if topic in self._subscriptions: found.extend(self._subscriptions[topic])
        return found
    async def _invoke(self, subscription, payload): await subscription.handler(payload)
""",
        ("publish", "payload", "topic"),
        id="records of subscriptions, found and called by helpers",
    ),
    pytest.param(
        """
class Matched:
    def __init__(self): self._subs = []
    def subscribe(self, pattern, callback): self._subs.append((pattern, callback))
    def publish(self, topic, payload):
        for pattern, callback in self._subs:
            if fnmatch(topic, pattern): callback(topic, payload)
""",
        ("publish", "payload", "topic"),
        id="pairs of patterns and callbacks",
    ),
    pytest.param(
        """
class Entries:
    def __init__(self): self._subs = {}
    def subscribe(self, event, callback): self._subs.setdefault(event, []).append({"callback": callback, "once": 0})
    def publish(self, event, **data):
        for entry in list(self._subs.get(event, [])): entry["callback"](**data)
""",
        ("publish", "data", "event"),
        id="dicts that hold the callback",
    ),
    pytest.param(
        """
class Enveloped:
    def __init__(self): self._handlers = {}; self._queue = Queue()
    def subscribe(self, topic, handler): self._handlers.setdefault(topic, []).append(handler)
    async def publish(self, topic, payload): await self._queue.put(Envelope(topic, payload))
    async def _run(self):
        while True:
            envelope = await self._queue.get()
            for handler in self._handlers.get(envelope.topic, []): await handler(envelope)
""",
        ("publish", "payload", "topic"),
        id="an envelope made for the queue",
    ),
    pytest.param(
        """
class Keyed:
    def __init__(self): self._subs = {}
    def subscribe(self, kind, handler): self._subs.setdefault(kind, []).append(handler)
    def publish(self, event):
        for handler in self._subs.get(type(event), []): handler(event)
""",
        ("publish", "event", ""),
        id="a dict of lists by type",
    ),
    pytest.param(
        """
class ByName:
    def __init__(self): self.handlers = {}
    def on(self, name):
        def decorate(function):
            self.handlers.setdefault(name, []).append(function)
            return function
        return decorate
    async def emit(self, name, payload):
        for function in self.handlers.get(name, ()): await function(payload)
""",
        ("emit", "payload", "name"),
        id="registration by decorator",
    ),
    pytest.param(
        """
class Queued:
    def __init__(self): self._queue = Queue(); self._handlers = {}
    def subscribe(self, kind, handler): self._handlers[kind].append(handler)
    def fire_event(self, kind, payload): self._queue.put((kind, payload))
    def _run(self):
        while True:
            kind, payload = self._queue.get()
            for handler in self._handlers[kind]: handler(kind, payload)
""",
        ("fire_event", "payload", "kind"),
        id="a queue in between",
    ),
    pytest.param(
        """
class Helped:
    def __init__(self): self._subs = {}
    def subscribe(self, kind, handler): self._add(kind, handler)
    def _add(self, key, function): self._subs.setdefault(key, []).append(function)
    def publish(self, event):
        for handler in self._subs.get(type(event), []): self._safely(handler, event)
    def _safely(self, function, event):
        try: function(event)
        except Exception: pass
""",
        ("publish", "event", ""),
        id="helpers on both sides",
    ),
    pytest.param(
        """
_SUBS = {}
def subscribe(kind, function): _SUBS.setdefault(kind, []).append(function)
def publish(kind, payload):
    for function in _SUBS.get(kind, []): function(payload)
""",
        ("publish", "payload", "kind"),
        id="module functions over a global table",
    ),
    pytest.param(
        """
class Gathering:
    def __init__(self): self.subs = defaultdict(set)
    def subscribe(self, kind, handler): self.subs[kind].add(handler)
    async def publish(self, event): await asyncio.gather(*(handler(event) for handler in self.subs[type(event)]))
""",
        ("publish", "event", ""),
        id="gathered in a comprehension",
    ),
]

IMPOSTORS = [
    pytest.param(
        """
class Factory:
    _types = {}
    @classmethod
    def register(cls, key, made): cls._types[key] = made
    @classmethod
    def dispatch(cls, key): return cls._types[key]()
""",
        id="a factory that returns what it makes",
    ),
    pytest.param(
        """
class Checks:
    def __init__(self): self.checks = []
    def add(self, check): self.checks.append(check)
    def handle(self, context): return all(check(context) for check in self.checks)
""",
        id="predicates that are judged",
    ),
    pytest.param(
        """
class Pipeline:
    def __init__(self): self.steps = []
    def add(self, step): self.steps.append(step)
    def handle(self, value):
        for step in self.steps: value = step(value)
        return value
""",
        id="a pipeline whose steps feed each other",
    ),
    pytest.param(
        """
class Cleanup:
    def __init__(self): self._callbacks = []
    def push(self, function): self._callbacks.append(function)
    def notify(self):
        for function in self._callbacks: function()
""",
        id="callbacks that are told nothing",
    ),
    pytest.param(
        """
class Connections:
    def __init__(self): self.connections = {}
    def open(self, key, connection): self.connections[key] = connection
    def send(self, key, data): self.connections[key].send(data)
""",
        id="connections that are written to",
    ),
]


@pytest.mark.parametrize(("source", "roles"), BUSES)
def test_a_bus_is_proved_by_what_it_stores_and_calls(source: str, roles: tuple[str, str, str]) -> None:
    (bus,) = found(source)
    assert roles in {(method.function.name, method.event, method.topic) for method in bus.publishes}


@pytest.mark.parametrize("source", IMPOSTORS)
def test_what_only_looks_like_a_bus_is_none(source: str) -> None:
    assert found(source) == []


def test_a_queue_hop_through_a_helper_and_a_local_alias() -> None:
    code = """
import queue

class EventManager:
    def __init__(self):
        self._listeners = {}
        self._queue = queue.Queue()
        self._held_back = queue.Queue()

    def _work(self):
        while True:
            event, payload = self._queue.get(True)
            for listener in self._listeners[event]:
                listener(event, payload)

    def fire(self, event, payload=None):
        self._enqueue(event, payload)

    def _enqueue(self, event, payload):
        waiting = self._queue if self.started else self._held_back
        if self.started:
            waiting = self._queue
        waiting.put((event, payload))

    def subscribe(self, event, callback):
        self._listeners[event].append(callback)

manager = EventManager()

def start():
    manager.subscribe("PrintStarted", lambda event, payload: None)
    manager.fire("PrintStarted", {})
"""
    program = analyse_sources({"events.py": code})
    assert [(item.event, item.location.line) for item in program.publications] == [
        ("topic:events.EventManager/PrintStarted", 32)
    ]
    assert len(program.subscriptions) == 1
