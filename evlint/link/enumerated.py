"""Handlers that an object looks up among its own members: by what methods are called, or by a mark on them.

`for name in dir(self): if name.startswith("on_"): bus.on(…)`, `@listens_to(OrderPlaced)` that sets an attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evlint.link.arguments import bind
from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.handlers import annotated_events
from evlint.link.identities import Identity, can_be_event, class_identity
from evlint.link.payloads import roots
from evlint.link.readings import Emitter, Handler, Manner, Reader
from evlint.link.routes import CONVENTION
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Decoration, Sites
from evlint.link.values import Frame, FunctionObject
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import Assign, Attribute, Call, Expression, Literal, Name, Subscript

ENUMERATING = frozenset({"dir", "getmembers", "vars"})
MARKING = frozenset({"append", "add", "update", "extend"})


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A decorator of the program that notes its parameter `key` on what it decorates."""

    decorator: Scope
    key: str


def enumerated(sites: Sites, registrations: Iterable[tuple[Emitter, Site]]) -> Iterator[Emission]:
    """The subscriptions made by those of the registering calls that stand where members are enumerated."""
    seen: set[Scope] = set()
    for emitter, site in registrations:
        function = site.scope.function()
        if function in seen or function.kind != "function" or not _enumerates(function):
            continue
        seen.add(function)
        way = replace(emitter.manner, confidence="strong")
        yield from _by_name(sites, function, way)
        yield from _by_mark(sites, function, way)


def _enumerates(function: Scope) -> bool:
    return any(last_name(site.call.func) in ENUMERATING for site in function.sites)


def _by_name(sites: Sites, function: Scope, way: Manner) -> Iterator[Emission]:
    owner = function.owner
    prefixes = {text for site in function.sites if (text := _prefix(site.call)) is not None}
    if owner is None or not prefixes:
        return
    events = _events(sites)
    for scope in sites.scopes:
        if scope.kind == "class" and (scope is owner or owner in sites.evaluator.classes.line(scope)):
            for method in scope.methods():
                for prefix in sorted(prefixes):
                    if method.name.startswith(prefix) and method.arguments():
                        for identity in _meant(sites.evaluator, method, method.name[len(prefix) :], events, way):
                            yield _emission(method, identity, way)


def _prefix(call: Call) -> str | None:
    """What the names of methods are asked to begin with, where that is how handlers are called."""
    if last_name(call.func) != "startswith" or not call.args:
        return None
    given = call.args[0].value
    text = given.value if isinstance(given, Literal) else None
    return text if isinstance(text, str) and CONVENTION.fullmatch(f"{text}{{}}") else None


def _events(sites: Sites) -> dict[str, Scope]:
    """The classes of the program that can be events, by their own names, where only one has it."""
    found: dict[str, list[Scope]] = {}
    for scope in sites.scopes:
        if scope.kind == "class":
            found.setdefault(scope.name, []).append(scope)
    return {name: scopes[0] for name, scopes in found.items() if len(scopes) == 1}


def _meant(evaluator: Evaluator, method: Scope, name: str, events: dict[str, Scope], way: Manner) -> Iterator[Identity]:
    """The event that a method is called after, or that it is annotated to take."""
    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    for candidate in (name, camel, f"{camel}Event"):
        scope = events.get(candidate)
        if scope is not None and can_be_event(evaluator, scope):
            yield class_identity(scope, way)
            return
    yield from annotated_events(evaluator, method, way)


def _by_mark(sites: Sites, function: Scope, way: Manner) -> Iterator[Emission]:
    looked_at = _attributes(function)
    marks = [mark for scope in sites.scopes if (mark := _mark(sites.evaluator, scope, looked_at)) is not None]
    for mark in marks:
        for decoration in sites.decorations(mark.decorator.name):
            if isinstance(decoration.node, Call) and _is_by(sites.evaluator, decoration, mark.decorator):
                given = bind(mark.decorator, decoration.node, decoration.frame)
                places = [given[mark.key]] if mark.key in given else []
                reading = Reader(sites.evaluator, way).read(places, places, subscribing=True)
                for identity in reading.identities:
                    yield _emission(decoration.target, identity, way)


def _attributes(function: Scope) -> set[str]:
    """The attributes that are read off something in a function: `member.events`, `getattr(member, "events")`."""
    found: set[str] = set()
    for node in _expressions(function):
        if isinstance(node, Attribute):
            found.add(node.attr)
        elif isinstance(node, Call) and last_name(node.func) in ("getattr", "hasattr") and len(node.args) > 1:
            name = node.args[1].value
            if isinstance(name, Literal):
                found.add(str(name.value))
    return found


def _mark(evaluator: Evaluator, function: Scope, names: set[str]) -> Mark | None:
    """The mark that a decorator factory sets, under one of `names`, on what it is called with afterwards."""
    if function.kind != "function":
        return None
    for inner in function.children:
        if inner.kind == "function" and inner.arguments():
            for key in _noted(inner, inner.arguments()[0].name, names):
                for scope, name in sorted(roots(evaluator, key, Frame(inner)), key=lambda root: root[1]):
                    if scope is function:
                        return Mark(function, name)
    return None


def _noted(function: Scope, target: str, names: set[str]) -> Iterator[Expression]:
    """What is written to attributes of the parameter `target`: the key of an item, a value, an element."""
    for statement in statements(function.body):
        if isinstance(statement, Assign) and statement.value is not None:
            for place in statement.targets:
                if isinstance(place, Subscript) and _is_of(place.value, target, names):
                    yield place.index
                elif _is_of(place, target, names):
                    yield statement.value
    for site in function.sites:
        func, args = site.call.func, site.call.args
        if isinstance(func, Attribute) and func.attr in MARKING and args and _is_of(func.value, target, names):
            yield args[0].value
        elif last_name(func) == "setattr" and len(args) > 2 and _is_set(args[0].value, args[1].value, target, names):
            yield args[2].value


def _is_set(node: Expression, name: Expression, target: str, names: set[str]) -> bool:
    return isinstance(node, Name) and node.id == target and isinstance(name, Literal) and name.value in names


def _is_of(node: Expression, target: str, names: set[str]) -> bool:
    return (
        isinstance(node, Attribute) and node.attr in names and isinstance(node.value, Name) and node.value.id == target
    )


def _is_by(evaluator: Evaluator, decoration: Decoration, decorator: Scope) -> bool:
    values = evaluator.values(decoration.callee, decoration.frame)
    return any(isinstance(value, FunctionObject) and value.scope is decorator for value in values)


def _expressions(function: Scope) -> Iterator[Expression]:
    for statement in statements(function.body):
        for head in heads(statement):
            yield from expressions(head)


def _emission(method: Scope, identity: Identity, way: Manner) -> Emission:
    call = Call(Name(method.name, method.span), (), method.span)
    handler = Handler(method, method.qualname, method.span)
    return Emission(Site(call, method.parent or method, "passed"), identity, way, None, (handler,))
