"""Home-made buses, proved by what their methods store and call."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from evlint.link.scopes import Module, Scope
from evlint.link.stores import KEYED, Dispatch, Key, Reader, Store, Summary, is_handlers
from evlint.link.walk import last_name
from evlint.model.facts import Mapping

PUBLISHING = re.compile(
    r"^_*(?:a|async_)?(?:publish|emit|dispatch|fire|notify|send|trigger|broadcast|announce|deliver|propagate"
    r"|(?:handle|raise|signal|post)(?:_?(?:all|async|now|\w*(?:event|message|signal|notification)s?))?\b)"
)
BUS_WORDS = re.compile(
    r"event|bus|dispatch|signal|emitter|mediator|pubsub|notif|observ|listen|subscri|subject|broker|messag|channel"
    r"|topic|broadcast|publish|emit|fire|\bsubs\b|_subs\b",
    re.IGNORECASE,
)
MEDIATOR_WORDS = re.compile(r"bus|mediator|dispatch", re.IGNORECASE)
OTHER_WORDS = re.compile(
    r"filter|check|valid|middleware|pipeline|plugin|visitor|walker|poller|processor|cleanup|close|teardown|finali"
    r"|serializ|parser|convert|transform|migrat|hook",
    re.IGNORECASE,
)
# What says by its name that events go through it, whatever its methods are called.
CONDUIT = re.compile(
    r"(?:event|signal|message|notification)s?_?(?:engine|bus|manager|hub|cent(?:er|re)|system|broker|router|queue)$"
    r"|[a-z]bus$",
    re.IGNORECASE,
)
# What objects that stand for one event each are called: `Signal`, `EventHook`, `AsyncEvent`.
SIGNAL_CLASS = re.compile(r"(?:Signal|Event)(?:Hook|Source|Notifier|Channel|Slot)?$")
# Who sends says nothing about what is sent.
SENDERS = frozenset({"", "sender", "source", "instance"})
HANDLER_WORDS = re.compile(
    r"handler|callback|listen|subscri|observ|target|receiver|func|hook|^(?:cb|fn|job|h|f)$", re.IGNORECASE
)
PAYLOAD_WORDS = re.compile(r"event|evt|message|msg|payload|data|body|signal|notification", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PublishMethod:
    """A method that delivers: the event itself, or its key, is the parameter `event` or `topic`.

    `routed_by` is the field of the event that is the key, where the event says itself what it is.
    """

    function: Scope
    event: str = ""
    topic: str = ""
    routed_by: str = ""


@dataclass(frozen=True, slots=True)
class SubscribeMethod:
    """A method that registers the parameter `handler` (or, `decorator`, what it decorates) under `key`."""

    function: Scope
    handler: str
    key: str = ""
    decorator: bool = False


@dataclass(frozen=True, slots=True)
class Bus:
    """A class, or a module with a shared table, that delivers events to registered handlers.

    `owner` is the class or module scope. `keyed` tells a bus that routes by key or type from a plain list of
    listeners; `named` that its names speak of events, too. Each instance of a `signal` stands for one event.
    """

    owner: Scope
    keyed: bool
    named: bool
    publishes: tuple[PublishMethod, ...]
    subscribes: tuple[SubscribeMethod, ...]
    tables: tuple[str, ...] = ()
    signal: bool = False


def buses(module: Module) -> list[Bus]:
    """The buses that stand in `module`."""
    found = [bus for scope in module.all_scopes() if scope.kind == "class" and (bus := _judge(scope, frozenset()))]
    shared = frozenset(
        name for name, bindings in module.scope.bindings.items() if any(binding.kind == "value" for binding in bindings)
    )
    if shared:
        bus = _judge(module.scope, shared)
        if bus is not None:
            found.append(bus)
    return found


def _judge(owner: Scope, shared: frozenset[str]) -> Bus | None:
    functions = list(owner.methods())
    spoken = any(PUBLISHING.match(function.name) for function in functions)
    if not spoken and not CONDUIT.search(owner.name):
        return None
    summaries = _summaries(owner, functions, shared)
    if summaries is None:
        return None
    attributes = {store.attribute for summary in summaries for store in summary.stores}
    attributes |= _given_tables(owner)
    publishes: dict[Scope, PublishMethod] = {}
    used: dict[str, bool] = {}
    for summary in summaries:
        for dispatch in sorted(summary.dispatches, key=lambda dispatch: dispatch.weakness):
            if dispatch.attribute in attributes and _is_delivery(owner, dispatch, summary):
                made = _publish_method(summary, dispatch, summaries)
                if made is not None:
                    publishes.setdefault(made.function, made)
                    used[dispatch.attribute] = used.get(dispatch.attribute, False) or dispatch.key is not None
    subscribes = _subscribe_methods(summaries, set(used))
    if not publishes or not (subscribes or _given_tables(owner) & set(used)):
        return None
    keyed = any(used.values()) or any(method.key for method in subscribes)
    registering = (method.function.name for method in subscribes)
    words = " ".join([owner.name, *used, *(function.name for function in publishes), *registering])
    named = bool(BUS_WORDS.search(words))
    signal = _is_signal(owner, publishes.values(), subscribes)
    if not (keyed and named) and not signal and (not spoken or OTHER_WORDS.search(words) or not (keyed or named)):
        return None
    return Bus(
        owner,
        keyed,
        named,
        tuple(publishes.values()),
        tuple(subscribes),
        tuple(sorted(_given_tables(owner) & set(used))),
        signal,
    )


def _is_signal(owner: Scope, publishes: Iterable[PublishMethod], subscribes: Iterable[SubscribeMethod]) -> bool:
    keys = {*(method.topic for method in publishes), *(method.key for method in subscribes)}
    routed = any(method.routed_by for method in publishes)
    return owner.kind == "class" and bool(SIGNAL_CLASS.search(owner.name)) and keys <= SENDERS and not routed


def _summaries(owner: Scope, functions: list[Scope], shared: frozenset[str]) -> list[Summary] | None:
    """What every function stores and calls; None when nothing is stored or nothing is called.

    Three rounds, so that what helpers do reaches their callers.
    """
    known = {function.name: Reader(function, shared, {}).read() for function in functions}
    found = known.values()
    if not any(summary.dispatches or summary.calls or summary.gives for summary in found):
        return None
    if not any(summary.stores for summary in found) and not _given_tables(owner):
        return None
    helpers = {
        name
        for name, item in known.items()
        if item.stores or item.dispatches or item.calls or item.gives or item.queued
    }
    for _ in range(2):
        known = {
            function.name: Reader(function, shared, known).read()
            if _calls_any(function, helpers)
            else known[function.name]
            for function in functions
        }
    return list(known.values())


def _calls_any(function: Scope, names: set[str]) -> bool:
    return any(last_name(site.call.func) in names for inner in function.all_scopes() for site in inner.sites)


def _given_tables(owner: Scope) -> set[str]:
    """Attributes named like handler tables that are given to `__init__`, declared, or written as literals."""
    found: set[str] = set()
    for name, bindings in owner.attributes.items():
        if is_handlers(name):
            for binding, method in bindings:
                if method.name == "__init__" and binding.value is not None:
                    given = getattr(binding.value, "id", "") in {item.name for item in method.parameters}
                    if given or (isinstance(binding.value, Mapping) and binding.value.items):
                        found.add(name)
    for name, values in owner.bindings.items():
        if is_handlers(name) and any(
            item.kind == "value" and (item.value is None or (isinstance(item.value, Mapping) and item.value.items))
            for item in values
        ):
            found.add(name)
    return found


def _is_delivery(owner: Scope, dispatch: Dispatch, summary: Summary) -> bool:
    name = summary.function.name
    if name.startswith("__") and name != "__call__":
        return False
    if dispatch.fan_out:
        return not (dispatch.returned and dispatch.key is None)
    if dispatch.key is None:
        return False
    typed = dispatch.key.how in ("type", "field")
    words = f"{owner.name} {name} {dispatch.attribute}"
    if dispatch.returned and not typed:
        return False
    return typed and bool(MEDIATOR_WORDS.search(words) or is_handlers(dispatch.attribute))


def _publish_method(summary: Summary, dispatch: Dispatch, summaries: list[Summary]) -> PublishMethod | None:
    parameters = [item.name for item in summary.function.arguments()]
    sources = [name for name in parameters if name in dispatch.arguments]
    if sources:
        key = dispatch.key or _tested_key(dispatch, parameters, summaries)
        return _with_roles(summary.function, key, sources, parameters)
    for other in sorted(summaries, key=lambda item: not PUBLISHING.match(item.function.name)):
        for queue, names in other.queued:
            if queue in dispatch.arguments or (dispatch.key and dispatch.key.source == queue):
                return _with_roles(other.function, _queued_key(dispatch.key, names), list(names), list(names))
    return None


def _tested_key(dispatch: Dispatch, parameters: list[str], summaries: list[Summary]) -> Key | None:
    """Where each handler is kept with what it is for, the parameter that is compared with that."""
    stored = {store.key for summary in summaries for store in summary.stores if store.attribute == dispatch.attribute}
    if not stored - {""}:
        return None
    named = [name for name in parameters if KEYED.match(name)]
    return Key(named[0], "itself") if named and len(parameters) > 1 else None


def _queued_key(key: Key | None, names: tuple[str, ...]) -> Key | None:
    """The key of what was taken out of a queue, as the function that put it there knows it."""
    if key is None:
        return None
    if key.how == "field" and key.field in names:
        return Key(key.field, "itself")
    return replace(key, source=names[0])


def _with_roles(function: Scope, key: Key | None, sources: list[str], parameters: list[str]) -> PublishMethod:
    if key is not None and key.source in parameters:
        if key.how == "itself":
            return PublishMethod(function, _payload([name for name in sources if name != key.source]), key.source)
        return PublishMethod(function, key.source, routed_by=key.field)
    return PublishMethod(function, _payload(sources))


def _payload(names: list[str]) -> str:
    """The parameter that holds the event, or what it says."""
    return next((name for name in names if PAYLOAD_WORDS.search(name)), names[0] if names else "")


def _subscribe_methods(summaries: list[Summary], used: set[str]) -> list[SubscribeMethod]:
    found: dict[Scope, SubscribeMethod] = {}
    for summary in summaries:
        if summary.function.name == "__init__":
            continue
        for store in sorted(summary.stores, key=lambda store: not HANDLER_WORDS.search(store.handler)):
            if store.attribute in used and summary.function not in found and _is_registration(summary, store):
                found[summary.function] = SubscribeMethod(summary.function, store.handler, store.key, store.decorator)
    return list(found.values())


def _is_registration(summary: Summary, store: Store) -> bool:
    names = {item.name for item in summary.function.arguments()}
    return store.decorator or store.queue or store.handler in names
