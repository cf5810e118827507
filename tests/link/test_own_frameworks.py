"""Frameworks of the program's own: signal objects, marks on methods, handlers by name, wrappers, handed methods."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources


def flow(source: str) -> tuple[set[str], set[str]]:
    """What `shop.py` publishes, as `event in scope`, and what it handles, as `event -> handler`."""
    program = analyse_sources({"shop.py": source})
    names = {event.id: event.name for event in program.events}
    return (
        {f"{names[item.event]} in {item.location.symbol}" for item in program.publications},
        {f"{names[item.event]} -> {item.handler}" for item in program.subscriptions},
    )


SIGNAL = """
class Signal:
    def __init__(self): self._receivers = []
    def connect(self, receiver):
        self._receivers.append(receiver)
        return receiver
    def send(self, **named):
        for receiver in self._receivers[:]: receiver(**named)

order_placed = Signal()
order_paid = Signal()
"""
DECORATING = """
class Signal:
    def __init__(self): self.receivers = []
    def connect(self, *args, **options):
        def outer(**options):
            def inner(function):
                self._keep(function, options)
                return function
            return inner
        if args and callable(args[0]): return outer(**options)(args[0])
        return outer(**options)
    def _keep(self, function, options): self.receivers.append((id(function), function))
    def _live(self, sender):
        found = []
        for key, receiver in self.receivers: found.append(receiver)
        return found
    def send(self, sender, **named):
        for receiver in self._live(sender): receiver(sender=sender, **named)

order_placed = Signal()
"""


def test_each_object_of_a_signal_class_is_an_event() -> None:
    published, handled = flow(
        f"{SIGNAL}\n@order_placed.connect\ndef bill(**named): ...\n\ndef close(**named): ...\n"
        "order_paid.connect(close)\n\ndef place(): order_placed.send(number=1)\n"
    )
    assert published == {"order_placed in place"}
    assert handled == {"order_placed -> bill", "order_paid -> close"}


def test_a_signal_that_nothing_uses_is_an_event_all_the_same() -> None:
    program = analyse_sources({"shop.py": SIGNAL})
    assert [event.name for event in program.events] == ["order_paid", "order_placed"]


def test_a_signal_is_known_by_the_attribute_that_holds_it() -> None:
    published, handled = flow(
        f"{SIGNAL}\nclass Events:\n    shipped: Signal\n    def __init__(self):\n"
        "        for name in self.__annotations__: setattr(self, name, Signal())\n\n"
        "class Shop:\n    def __init__(self): self.events = Events()\n    def ship(self): self.events.shipped.send()\n\n"
        "def tell(): ...\n\ndef wire(shop: Shop): shop.events.shipped.connect(tell)\n"
    )
    assert published == {"shipped in Shop.ship"}
    assert handled == {"shipped -> tell"}


@pytest.mark.parametrize("keep", ["tell = order_placed.send", "tell = order_placed.send if order_placed else None"])
def test_a_method_that_is_kept_under_another_name_is_followed(keep: str) -> None:
    assert flow(f"{SIGNAL}\n{keep}\n\ndef place(): tell(number=1)\n")[0] == {"order_placed in place"}


def test_a_decorator_of_closures_may_be_called_like_a_function() -> None:
    handled = flow(
        f"{DECORATING}\ndef bill(sender, **named): ...\n\n@order_placed.connect(weak=False)\ndef count(sender, **named):"
        " ...\n\norder_placed.connect(bill)\n"
    )[1]
    assert handled == {"order_placed -> bill", "order_placed -> count"}


def test_a_list_of_listeners_in_a_class_of_another_kind_is_no_signal() -> None:
    source = SIGNAL.replace("Signal", "Model").replace("connect", "watch").replace("send", "notify")
    assert flow(f"{source}\ndef place(): order_placed.notify(number=1)\n") == (set(), set())


ENGINE = """
from collections import defaultdict
from queue import Queue

PLACED = "order.placed"

class Event:
    def __init__(self, type: str, data=None):
        self.type = type
        self.data = data

class EventEngine:
    def __init__(self):
        self._queue = Queue()
        self._handlers = defaultdict(list)
    def _run(self):
        while True:
            event: Event = self._queue.get()
            self._process(event)
    def _process(self, event: Event):
        if event.type in self._handlers: [handler(event) for handler in self._handlers[event.type]]
    def put(self, event: Event): self._queue.put(event)
    def register(self, type: str, handler):
        known = self._handlers[type]
        if handler not in known: known.append(handler)
"""
TRADER = """
from engine import PLACED, Event, EventEngine

class Gateway:
    def __init__(self, engine: EventEngine):
        self.engine = engine
        engine.register(PLACED, self.on_placed)
    def on_event(self, type, data):
        event = Event(type, data)
        self.engine.put(event)
    def place(self, number): self.on_event(PLACED, number)
    def on_placed(self, event): ...
"""


def test_a_conduit_is_one_whatever_its_methods_are_called() -> None:
    """The envelope that it routes by a field is no event, and `put` is not only a web request."""
    program = analyse_sources({"engine.py": ENGINE, "trader.py": TRADER})
    names = {event.id: event.name for event in program.events}
    assert set(names.values()) == {"order.placed"}
    assert [item.location.symbol for item in program.publications] == ["Gateway.place"]
    assert [item.handler for item in program.subscriptions] == ["Gateway.on_placed"]


MARKED = """
import inspect
from queue import Queue

class EventBase: ...
class EventPlaced(EventBase): ...
class EventPaid(EventBase): ...

def listens_to(kinds):
    def mark(method):
        method.kinds = {}
        for kind in kinds if isinstance(kinds, list) else [kinds]: method.kinds[kind] = True
        return method
    return mark

class App:
    apps = {}
    def __init__(self):
        self.handlers = {}
        self.events = Queue()
    def add_handler(self, kind, handler):
        self.handlers.setdefault(kind, [])
        self.handlers[kind].append(handler)
    def _found(self, event): return self.handlers.get(event.__class__, [])
    def _loop(self):
        while True:
            event, state = self.events.get()
            for handler in self._found(event): handler(event)
    def _send_event(self, event, state): self.events.put((event, state))
    def send_event(self, name, event): APPS[name]._send_event(event, None)
    def tell_all(self, event):
        for name in APPS: self.send_event(name, event)

APPS = {}

def register(app):
    for _, member in inspect.getmembers(app, inspect.ismethod):
        if hasattr(member, "kinds"):
            for kind in member.kinds: app.add_handler(kind, member)
"""


def test_marks_on_methods_are_subscriptions_where_members_are_enumerated() -> None:
    published, handled = flow(
        f"{MARKED}\nclass Shop(App):\n    def place(self, urgent):\n        self.tell_all(EventPlaced())\n"
        "    @listens_to(EventPlaced)\n    def bill(self, event): ...\n"
        "    @listens_to([EventPlaced, EventPaid])\n    def count(self, event): ...\n"
    )
    assert published == {"EventPlaced in Shop.place"}
    assert handled == {"EventPlaced -> Shop.bill", "EventPlaced -> Shop.count", "EventPaid -> Shop.count"}


def test_marks_that_nobody_looks_for_are_none() -> None:
    source = MARKED.replace("app.add_handler(kind, member)", "print(kind)")
    assert (
        flow(f"{source}\nclass Shop(App):\n    @listens_to(EventPlaced)\n    def bill(self, event): ...\n")[1] == set()
    )


def test_a_method_handed_to_an_object_publishes_where_that_calls_it() -> None:
    published = flow(
        f"{MARKED}\nclass Stock:\n    def __init__(self, f): self.say = f\n    def fill(self): self.say(EventPaid())\n\n"
        "class Shop(App):\n    def __init__(self):\n        super().__init__()\n        self.stock = Stock(self.tell_all)\n"
    )[0]
    assert published == {"EventPaid in Stock.fill"}


BUS = """
class OrderEvent: ...
class OrderPlaced(OrderEvent): ...
class OrderPaid(OrderEvent): ...

class EventBus:
    def __init__(self): self._handlers = {}
    def on(self, kind, handler): self._handlers.setdefault(kind, []).append(handler)
    def emit(self, event):
        for handler in self._handlers.get(type(event), []): handler(event)

bus = EventBus()
"""
NAMED = """
class Watcher:
    def attach(self):
        for name in dir(self):
            if name.startswith("on_"):
                self.add(name[3:], getattr(self, name))
    def add(self, kind, handler): bus.on(KINDS[kind], handler)

class Biller(Watcher):
    def on_OrderPlaced(self, event): ...
    def on_order_paid(self, event): ...
    def online(self, event): ...
"""


def test_methods_that_a_base_looks_up_by_name_are_handlers() -> None:
    assert flow(f"{BUS}{NAMED}")[1] == {
        "OrderPlaced -> Biller.on_OrderPlaced",
        "OrderPaid -> Biller.on_order_paid",
    }


WRAPPERS = [
    pytest.param("bus.on(OrderPlaced, logged(bill))", id="at once"),
    pytest.param("wrapped = logged(bill)\nbus.on(OrderPlaced, wrapped)", id="through a variable"),
    pytest.param(
        "def add(kind: type[OrderEvent], handler): bus.on(kind, logged(handler))\nadd(OrderPlaced, bill)",
        id="by a helper",
    ),
]


@pytest.mark.parametrize("registration", WRAPPERS)
def test_a_handler_is_found_inside_of_what_is_put_around_it(registration: str) -> None:
    wrapper = "def logged(function):\n    def inner(event):\n        print(event)\n        function(event)\n    return inner\n"
    assert flow(f"{BUS}{wrapper}\ndef bill(event): ...\n{registration}\n")[1] == {"OrderPlaced -> bill"}


def test_a_class_that_a_handler_makes_is_not_wrapped_in_it() -> None:
    maker = "def taking(kind):\n    def inner(data):\n        bill(kind(data))\n    return inner\n"
    handled = flow(f"{BUS}{maker}\ndef bill(event): ...\nbus.on(OrderPlaced, taking(OrderPlaced))\n")[1]
    assert handled == {"OrderPlaced -> taking.inner"}


def test_a_decorator_of_a_dialect_may_be_applied_by_a_call() -> None:
    handled = flow(
        "from blinker import signal\norder_placed = signal('order-placed')\ndef bill(sender): ...\n"
        "order_placed.connect_via('shop')(bill)\n"
    )[1]
    assert handled == {"order_placed -> bill"}


ASSIGNMENTS = [
    pytest.param(
        "    event = OrderPlaced()\n    bus.emit(event)\n    event = OrderPaid()\n    bus.emit(event)\n",
        {4: {"OrderPlaced"}, 6: {"OrderPaid"}},
        id="one after the other",
    ),
    pytest.param(
        "    if paid:\n        event = OrderPaid()\n        bus.emit(event)\n    else:\n        event = OrderPlaced()\n"
        "        bus.emit(event)\n",
        {5: {"OrderPaid"}, 8: {"OrderPlaced"}},
        id="in branches",
    ),
    pytest.param(
        "    if paid:\n        event = OrderPaid()\n    else:\n        event = OrderPlaced()\n    bus.emit(event)\n",
        {7: {"OrderPaid", "OrderPlaced"}},
        id="after branches",
    ),
    pytest.param(
        "    event = OrderPlaced()\n    if paid:\n        event = OrderPaid()\n    bus.emit(event)\n",
        {6: {"OrderPaid", "OrderPlaced"}},
        id="a default",
    ),
    pytest.param(
        "    event = OrderPlaced()\n    while paid:\n        bus.emit(event)\n        event = OrderPaid()\n",
        {5: {"OrderPaid", "OrderPlaced"}},
        id="round a loop",
    ),
    pytest.param(
        "    while paid:\n        event = OrderPlaced()\n        bus.emit(event)\n        event = OrderPaid()\n",
        {5: {"OrderPlaced"}},
        id="made anew in each round",
    ),
    pytest.param(
        "    try:\n        event = OrderPaid()\n    except ValueError:\n        event = OrderPlaced()\n    bus.emit(event)\n",
        {7: {"OrderPaid", "OrderPlaced"}},
        id="after an exception",
    ),
]


@pytest.mark.parametrize(("body", "expected"), ASSIGNMENTS)
def test_an_event_is_the_one_assigned_last(body: str, expected: dict[int, set[str]]) -> None:
    lead = BUS.count("\n")
    program = analyse_sources({"shop.py": f"{BUS}\ndef place(event, paid):\n{body}"})
    names = {event.id: event.name for event in program.events}
    found: dict[int, set[str]] = {}
    for item in program.publications:
        found.setdefault(item.location.line - lead, set()).add(names[item.event])
    assert found == expected


def test_who_makes_something_for_an_event_is_not_the_event() -> None:
    published = flow(f"{BUS}\nclass OrderMessage:\n    def send(self):\n        bus.emit(load(self))\n")[0]
    assert published == set()


def test_a_base_that_a_dialect_makes_an_event_is_none_unless_it_is_used() -> None:
    program = analyse_sources(
        {
            "shop.py": "from crewai.events import BaseEvent\n\nclass ShopEvent(BaseEvent): ...\n\n"
            "class OrderPlaced(ShopEvent): ...\n"
        }
    )
    assert [event.name for event in program.events] == ["OrderPlaced"]
