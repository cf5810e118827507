"""Handlers that are looked up by the event's name: in a literal table, or by how methods are named.

`{"paid": self.on_paid}.get(event["type"])(event)`, `getattr(self, "on_" + event.name)(event)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evlint.link.evaluate import Evaluator
from evlint.link.payloads import roots
from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, Frame, FunctionObject, Table, Text
from evlint.link.walk import expressions
from evlint.model.facts import Attribute, Await, Call, Expression, Literal, Mapping, Name, Subscript, Walrus

CONVENTION = re.compile(r"(_?(?:on|handle|process|when)_)\{\}((?:_event)?)")
TRANSPARENT = frozenset({"lower", "upper", "replace", "strip", "removesuffix", "removeprefix", "value", "__name__"})
DEPTH = 3


@dataclass(frozen=True, slots=True)
class Route:
    """What runs for the event that is named at a place, or whose name is `text` because of a method's name."""

    at: Expression
    frame: Frame
    handler: Scope
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Router:
    """A function that hands its parameter `source` on to what it looks up by `field` of it, or by its class."""

    source: str
    field: str
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What is asked, a table or the prefix and suffix of methods' names, and for what."""

    asked: Table | tuple[str, str]
    index: Expression


def router(evaluator: Evaluator, function: Scope) -> Router | None:
    """How `function` routes, if it does."""
    frame = Frame(function)
    for site in function.sites:
        for lookup in _lookups(evaluator, function, site.call.func):
            source, field = _source(evaluator, function, lookup.index, 0)
            given = {root for argument in site.call.args for root in roots(evaluator, argument.value, frame)}
            if source and (function, source) in given:
                routes = tuple(_routes(evaluator, function, lookup))
                if routes:
                    return Router(source, field, routes)
    return None


def _lookups(evaluator: Evaluator, function: Scope, callee: Expression) -> Iterator[_Lookup]:
    """What a call asks for the function that it calls."""
    frame = Frame(function)
    match callee:
        case Name():
            for binding in function.bindings.get(callee.id, ()):
                if binding.kind == "value" and binding.value is not None and not isinstance(binding.value, Name):
                    yield from _lookups(evaluator, function, binding.value)
        case Await(value=value) | Walrus(value=value):
            yield from _lookups(evaluator, function, value)
        case Subscript(value=asked, index=index):
            yield from (_Lookup(table, index) for table in _tables(evaluator, asked, frame))
        case Call(func=Attribute(attr="get", value=asked)) if callee.args:
            yield from (_Lookup(table, callee.args[0].value) for table in _tables(evaluator, asked, frame))
        case Call(func=Name(id="getattr")) if len(callee.args) > 1 and _is_self(function, callee.args[0].value):
            pattern = callee.args[1].value
            for text in evaluator.values(pattern, frame):
                named = CONVENTION.fullmatch(text.value) if isinstance(text, Text) else None
                if named is not None:
                    yield _Lookup((named[1], named[2]), pattern)


def _tables(evaluator: Evaluator, node: Expression, frame: Frame) -> Iterator[Table]:
    if isinstance(node, Mapping):
        yield Table(node, frame)
    else:
        yield from (value for value in evaluator.values(node, frame) if isinstance(value, Table))


def _is_self(function: Scope, node: Expression) -> bool:
    return isinstance(node, Name) and function.owner is not None and node.id == function.parameters[0].name


def _source(evaluator: Evaluator, function: Scope, node: Expression, depth: int) -> tuple[str, str]:
    """The parameter that is asked what it is, and by which field; no field where its class is what counts."""
    match node:
        case Subscript(value=value, index=Literal(value=str() as field)):
            return _parameter(evaluator, function, value), field
        case Call(func=Attribute(attr="get", value=value)) if node.args and isinstance(node.args[0].value, Literal):
            return _parameter(evaluator, function, value), str(node.args[0].value.value)
        case Call(func=Name(id="type")) if node.args:
            return _parameter(evaluator, function, node.args[0].value), ""
        case Attribute(attr="__class__", value=value):
            return _parameter(evaluator, function, value), ""
        case Attribute(attr=attr, value=value) | Call(func=Attribute(attr=attr, value=value)) if attr in TRANSPARENT:
            return _source(evaluator, function, value, depth)
        case Attribute(attr=attr, value=Name() as value):
            return _parameter(evaluator, function, value), attr
        case Name() if depth < DEPTH:
            for binding in function.bindings.get(node.id, ()):
                if binding.kind == "value" and binding.value is not None:
                    return _source(evaluator, function, binding.value, depth + 1)
            return "", ""
    inner = (part for part in expressions(node) if part is not node and not isinstance(part, Literal))
    found = (_source(evaluator, function, part, depth + 1) for part in inner) if depth < DEPTH else iter(())
    return next((pair for pair in found if pair[0]), ("", ""))


def _parameter(evaluator: Evaluator, function: Scope, node: Expression) -> str:
    """The parameter of `function` that a value is, or was decoded from."""
    names = sorted(name for scope, name in roots(evaluator, node, Frame(function)) if scope is function)
    return names[0] if len(names) == 1 else ""


def _routes(evaluator: Evaluator, function: Scope, lookup: _Lookup) -> Iterator[Route]:
    frame = Frame(function)
    if isinstance(lookup.asked, Table):
        inside = lookup.asked.frame
        for pair in lookup.asked.node.items:
            if pair.key is not None:
                for value in evaluator.values(pair.value, inside):
                    if isinstance(value, FunctionObject | ClassObject):
                        yield Route(pair.key, inside, value.scope)
        return
    prefix, suffix = lookup.asked
    for method in _methods(evaluator, function):
        name = method.name
        if name.startswith(prefix) and name.endswith(suffix) and method is not function:
            event = name[len(prefix) : len(name) - len(suffix)]
            if event and len(method.arguments()) > 0:
                yield Route(lookup.index, frame, method, Text(event))


def _methods(evaluator: Evaluator, function: Scope) -> Iterator[Scope]:
    seen: set[str] = set()
    for scope in evaluator.classes.line(function.owner) if function.owner is not None else ():
        for method in scope.methods() if isinstance(scope, Scope) else ():
            if method.name not in seen:
                seen.add(method.name)
                yield method


__all__ = ["Route", "Router", "router"]
