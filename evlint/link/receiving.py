"""The receiving half of a bus: handlers are registered by the event's name, and a delivery is handed to one of them.

`consumer.on("order.placed", reserve)`, where what comes in by a broker, a store or a socket is sent to
`self.handlers[message["type"]]`. Who publishes is elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evlint.link.emissions import Emission, Gap
from evlint.link.evaluate import Evaluator
from evlint.link.homemade import REGISTRY
from evlint.link.identities import ABOUT_EVENTS, is_command, sounds_like_event, sounds_past
from evlint.link.readings import Manner
from evlint.link.scopes import Module, Scope
from evlint.link.shapes import HANDLER_WORDS, Bus, SubscribeMethod
from evlint.link.stores import CALLED, HANDLING, Reader, Store
from evlint.link.walk import last_name
from evlint.model.facts import Attribute, Call, Expression, Name, Subscript

REGISTERING = re.compile(
    r"^_?(?:async_)?(?:on|when|register|subscribe|subscriber|add|listen|listens|handle|handles|handler|bind|attach|set"
    r"|consume|consumes|receives|event|project)(?:_|$)"
)
ABOUT_DELIVERIES = re.compile(r"consum|subscri|listen|project", re.IGNORECASE)
OTHERS = re.compile(
    r"command|cmd|query|queries|tool|action|middleware|filter|plugin|rpc|method|endpoint|request"
    r"|exception|error|url|path|page|view|button|menu|key_?press|mouse|widget|signal_?handler|codec|serial|format|strateg"
    r"|processor_type|factory|provider|depend",
    re.IGNORECASE,
)
# Keys that say what a delivery is.
KEYS = re.compile(
    r"event|topic|routing_?key|subject|message_?type|msg_?type|channel|queue|kind|type|name|key", re.IGNORECASE
)
DOTTED = re.compile(r"[A-Za-z][\w-]*(?:[.:/][\w*#>{}-]+)+")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A class, or a module with a shared table, that hands deliveries on; as a bus, it only has subscribers.

    `words` are how its registrations are called, `dispatching` the functions that hand a delivery on.
    """

    bus: Bus
    words: str
    dispatching: frozenset[Scope]


class _Reader(Reader):
    """Reads which shared attributes a function calls things out of, besides what it stores."""

    def __init__(self, function: Scope, shared: frozenset[str]) -> None:
        super().__init__(function, shared, {})
        self.called: set[str] = set()

    def _call(self, node: Call, statement: object, decorator: bool, *, judged: bool) -> None:
        super()._call(node, statement, decorator, judged=judged)
        taken = _taken(node.func)
        if taken is not None and node.args and not judged:
            self.called.update(tag.name for tag in self.tags(taken) if tag.kind == "attribute")


def _taken(func: Expression) -> Expression | None:
    """What is called, where that may have been taken out of a table."""
    if isinstance(func, Name | Subscript | Call):
        return func
    if isinstance(func, Attribute) and isinstance(func.value, Name | Subscript | Call):
        return func.value if func.attr in HANDLING or CALLED.match(func.attr) else None
    return None


def only_takes_in(bus: Bus) -> bool:
    """Whether all that a bus delivers comes to it from elsewhere, as what says itself what it is."""
    return bus.keyed and all(method.routed_by and method.function.name.startswith("_") for method in bus.publishes)


def receivers(module: Module, proved: Iterable[Bus]) -> list[Receiver]:
    """The receivers that stand in `module`, but for what is part of a proved bus that others publish on."""
    known = {method.function for bus in proved if not only_takes_in(bus) for method in bus.subscribes}
    found = [_judge(scope, frozenset(), known) for scope in module.all_scopes() if scope.kind == "class"]
    shared = frozenset(
        name for name, bindings in module.scope.bindings.items() if any(binding.kind == "value" for binding in bindings)
    )
    if shared:
        found.append(_judge(module.scope, shared, known))
    return [receiver for receiver in found if receiver is not None]


def _judge(owner: Scope, shared: frozenset[str], known: set[Scope]) -> Receiver | None:
    functions = [function for function in owner.methods() if function not in known]
    if not any(REGISTERING.match(function.name) for function in functions):
        return None
    readers = {function: _Reader(function, shared) for function in functions}
    stored = {function: reader.read().stores for function, reader in readers.items()}
    called = {name for reader in readers.values() for name in reader.called}
    methods: list[SubscribeMethod] = []
    words: list[str] = []
    for function, stores in stored.items():
        store = next((item for item in stores if item.attribute in called and _is_registration(function, item)), None)
        if store is not None and _is_about_events(owner, function, store):
            methods.append(SubscribeMethod(function, store.handler, store.key, store.decorator))
            words += [function.name, store.key]
    if not methods:
        return None
    bus = Bus(owner, keyed=True, named=True, publishes=(), subscribes=tuple(methods))
    used = {store.attribute for method in methods for store in stored[method.function]}
    dispatching = frozenset(function for function, reader in readers.items() if reader.called & used)
    return Receiver(bus, " ".join(words), dispatching)


def _is_registration(function: Scope, store: Store) -> bool:
    if function.name == "__init__" or store.queue or not REGISTERING.match(function.name):
        return False
    if not store.key or not KEYS.search(store.key):
        return False
    return store.decorator or bool(HANDLER_WORDS.search(store.handler)) or "method" in store.handler


def _is_about_events(owner: Scope, function: Scope, store: Store) -> bool:
    own = owner.name if owner.kind == "class" else ""
    if OTHERS.search(f"{own} {function.name} {store.key} {store.attribute}"):
        return False
    words = f"{own} {function.name} {store.key} {store.attribute}"
    return bool(ABOUT_EVENTS.search(words) or ABOUT_DELIVERIES.search(words))


def received(
    evaluator: Evaluator, subscriptions: Iterable[Emission], gaps: Iterable[Gap], found: Iterable[Receiver]
) -> Iterator[Emission]:
    """The subscriptions, those of receivers as of the broker whose deliveries they get.

    What a receiver itself subscribes to stands for the events that it tells apart.
    """
    owners = {f"{REGISTRY}{item.bus.owner.dotted}": item for item in found}
    everything = list(subscriptions)
    ways = _brokers(everything, gaps)
    registered = [item for item in everything if item.manner.dialect in owners]
    kept = [item for item in registered if _is_event(evaluator, item, owners[item.manner.dialect].words)]
    replaced: dict[Scope, Receiver] = {}
    for item in kept:
        receiver = owners[item.manner.dialect]
        owner = receiver.bus.owner
        way = ways.get(owner) or ways.get(owner.module.scope)
        if way is not None:
            replaced[owner] = receiver
        yield item if way is None else _by(way, item)
    for item in everything:
        if item.manner.dialect not in owners and not any(_feeds(item, receiver) for receiver in replaced.values()):
            yield item


def _is_event(evaluator: Evaluator, emission: Emission, words: str) -> bool:
    identity = emission.identity
    if identity.scope is not None:
        return not is_command(evaluator, identity.scope) and (
            sounds_like_event(evaluator, identity.scope) or "event" in words
        )
    if identity.topic is None:
        return False
    text = identity.topic.value
    return bool(DOTTED.fullmatch(text)) or sounds_past(text) or bool(re.search("event|topic|routing|subject", words))


def _brokers(subscriptions: Iterable[Emission], gaps: Iterable[Gap]) -> dict[Scope, Manner]:
    """By which broker the classes and modules get deliveries, where that is one alone."""
    found: dict[Scope, dict[str, Manner]] = {}
    everything: list[Emission | Gap] = [*subscriptions, *gaps]
    for item in everything:
        if item.manner.transport == "broker":
            for scope in (item.site.scope.function().owner, item.site.scope.module.scope):
                if scope is not None:
                    found.setdefault(scope, {}).setdefault(item.manner.namespace, item.manner)
    return {scope: next(iter(ways.values())) for scope, ways in found.items() if len(ways) == 1}


def _by(way: Manner, emission: Emission) -> Emission:
    identity = replace(emission.identity, namespace=way.namespace, transport=way.transport, dialect=way.dialect)
    return replace(emission, identity=identity, manner=replace(way, confidence="strong", asynchronous=False))


def _feeds(emission: Emission, receiver: Receiver) -> bool:
    """Whether a subscription to a shared topic only brings in what the receiver tells apart."""
    topic = emission.identity.topic
    if (
        emission.manner.transport != "broker"
        or topic is None
        or sounds_past(topic.value)
        or emission.identity.is_pattern
    ):
        return False
    handlers = [handler.scope for handler in emission.handlers if handler.scope is not None]
    return bool(handlers) and all(_hands_on(scope, receiver) for scope in handlers)


def _hands_on(function: Scope, receiver: Receiver) -> bool:
    """Whether a function that takes deliveries asks the table, itself or through the functions beside it."""
    owner = receiver.bus.owner
    beside = function.owner is owner if owner.kind == "class" else function.module is owner.module
    names = {item.name for item in receiver.dispatching}
    asks = function in receiver.dispatching or any(last_name(site.call.func) in names for site in function.sites)
    return beside and (asks or owner.kind == "class")


__all__ = ["Receiver", "only_takes_in", "received", "receivers"]
