"""Find the event in what is handed to a publishing call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evlint.link.names import lookup
from evlint.link.reaching import reaching
from evlint.link.scopes import Scope
from evlint.link.texts import one_text
from evlint.link.values import ClassObject, Frame, FunctionObject, Instance, Items, Text, Value
from evlint.model.facts import (
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    Expression,
    Mapping,
    Name,
    Operation,
    Sequence,
    Starred,
    Subscript,
    Walrus,
)

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

# Keys of a dict payload that name its event, most telling first.
TYPE_KEYS = ("event_type", "eventType", "event_name", "eventName", "event", "type", "detail-type", "name")
# Those that name nothing but events.
EVENT_KEYS = frozenset(TYPE_KEYS[:5])
# Attributes of an event that name it or carry it on.
NAMING_FIELDS = frozenset(
    "event_type type type_ name topic event_name kind event subject routing_key channel key payload data body message"
    " value __class__ detail_type queue stream".split()
)
# Methods of an event that give it in another form; what other methods return is no event of the caller's.
SERIALISING = re.compile(
    r"json|dict|dump|serial|encode|decode|bytes|str|payload|copy|message|replace|format|proto|avro"
)
# Methods that give away what was recorded.
DRAINING = re.compile(r"(?:pull|collect|release|pop|clear|flush|drain|take|get)_.*(?:events|messages)")
DEPTH = 6


def instances(evaluator: Evaluator, node: Expression, frame: Frame, depth: int = 0) -> Iterator[Instance]:
    """Instances of the program's classes in `node`: itself, or what is serialised, wrapped or listed there."""
    if depth > DEPTH:
        return
    direct = [value for value in evaluator.values(node, frame) if _is_made(value)]
    if direct:
        yield from (value for value in direct if isinstance(value, Instance))
        return
    for part, where in _parts(evaluator, node, frame):
        yield from instances(evaluator, part, where, depth + 1)


def _is_made(value: Value) -> bool:
    return isinstance(value, Instance) and isinstance(value.type, Scope)


def _keeps(evaluator: Evaluator, method: Attribute, frame: Frame) -> bool:
    """Whether a method may give its object in another form; a method of the program says so in its name."""
    if DRAINING.search(method.attr):
        return False
    known = any(isinstance(value, FunctionObject) for value in evaluator.values(method, frame))
    return not known or SERIALISING.search(method.attr) is not None


def _parts(evaluator: Evaluator, node: Expression, frame: Frame) -> Iterator[tuple[Expression, Frame]]:
    """What `node` is made of, as far as its event may be in there."""
    match node:
        case Name():
            yield from _bound(evaluator, node, frame)
        case Await() | Starred() | Walrus():
            yield node.value, frame
        case Call():
            yield from ((part, frame) for part in _of_call(evaluator, node, frame))
        case Subscript():
            yield node.value, frame
        case Sequence():
            for item in node.items:
                yield item, frame
        case Comprehension():
            yield node.element, frame
            for loop in node.generators:
                yield loop.iterable, frame
        case Conditional():
            yield node.body, frame
            yield node.orelse, frame
        case Operation(operator="or"):
            for operand in node.operands:
                yield operand, frame
        case Mapping():
            for pair in node.items:
                yield pair.value, frame


def _of_call(evaluator: Evaluator, node: Call, frame: Frame) -> Iterator[Expression]:
    if isinstance(node.func, Attribute) and _keeps(evaluator, node.func, frame):
        yield node.func.value
    for argument in node.args:
        # Who makes something for an event is not the event.
        if not (isinstance(argument.value, Name) and _is_self(frame.scope, argument.value.id)):
            yield argument.value


def _bound(evaluator: Evaluator, node: Name, frame: Frame) -> Iterator[tuple[Expression, Frame]]:
    scope, bindings = lookup(evaluator, frame.scope, node.id)
    if scope is None:
        return
    for binding in reaching(scope, bindings, node) if scope is frame.scope else bindings:
        if binding.kind == "parameter":
            if frame.function is scope and node.id in frame.arguments:
                yield frame.arguments[node.id]
        elif binding.kind in ("value", "element", "enter") and binding.value is not None:
            yield binding.value, frame.at(scope).deeper()


def origin(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Expression, Frame]:
    """The argument that a caller gave where `node` is a parameter of a function that is being followed."""
    for _ in range(DEPTH):
        if not isinstance(node, Name):
            break
        scope, bindings = lookup(evaluator, frame.scope, node.id)
        if scope is None or frame.function is not scope or node.id not in frame.arguments:
            break
        if not any(binding.kind == "parameter" for binding in bindings):
            break
        node, frame = frame.arguments[node.id]
    return node, frame


def is_parameter(evaluator: Evaluator, node: Expression, frame: Frame) -> bool:
    """Whether `node` is a parameter of which no caller is being followed, without a default."""
    if not isinstance(node, Name):
        return False
    scope, bindings = lookup(evaluator, frame.scope, node.id)
    if scope is None or (frame.function is scope and node.id in frame.arguments):
        return False
    return bool(bindings) and all(binding.kind == "parameter" and binding.value is None for binding in bindings)


def made_for(evaluator: Evaluator, node: Expression, frame: Frame) -> list[Scope]:
    """The classes given to the factory call that makes a handler: `on_message(OrderPlaced)`."""
    node, frame = origin(evaluator, node, frame)
    if not isinstance(node, Call):
        return []
    return [
        value.scope
        for argument in node.args
        for value in evaluator.values(argument.value, frame)
        if isinstance(value, ClassObject)
    ]


def named_in(evaluator: Evaluator, node: Expression, frame: Frame, depth: int = 0) -> tuple[str, Text] | None:
    """The event's name in a dict payload and the key that it stands under, as `{"type": "order.placed", …}`."""
    if depth > DEPTH:
        return None
    if isinstance(node, Mapping):
        return _name_in_mapping(evaluator, node, frame)
    for part, where in _parts(evaluator, node, frame):
        found = named_in(evaluator, part, where, depth + 1)
        if found is not None:
            return found
    return None


def _name_in_mapping(evaluator: Evaluator, node: Mapping, frame: Frame) -> tuple[str, Text] | None:
    given: dict[str, Text] = {}
    for pair in node.items:
        key = one_text(evaluator, pair.key, frame) if pair.key is not None else None
        if key is not None and key.value in TYPE_KEYS:
            text = one_text(evaluator, pair.value, frame)
            if text is not None and text.is_known:
                given[key.value] = text
    return next(((key, given[key]) for key in TYPE_KEYS if key in given), None)


Followed = dict[tuple[int, int, int], int]


def roots(
    evaluator: Evaluator, node: Expression, frame: Frame, depth: int = 0, followed: Followed | None = None
) -> set[tuple[Scope, str]]:
    """The parameters, as (function, name), that the value of `node` is made from; `self` does not count.

    `followed` tells how far down the expressions have been followed; a variable of many assignments leads to the same
    ones again and again.
    """
    followed = {} if followed is None else followed
    if depth > 12 or _is_followed(node, frame, depth, followed):
        return set()
    found: set[tuple[Scope, str]] = set()
    match node:
        case Name():
            return _name_roots(evaluator, node, frame, depth, followed)
        case Attribute() if node.attr not in NAMING_FIELDS:
            # Other things that a parameter holds were not put there to name an event: `entry.runtime_data.signal`.
            return set()
        case Attribute() | Subscript():
            inner = node.value
            return roots(evaluator, inner, frame, depth + 1, followed) if isinstance(inner, Name | Call) else set()
        case Await() | Starred() | Walrus():
            return roots(evaluator, node.value, frame, depth + 1, followed)
        case _:
            for part in _all_parts(node):
                found |= roots(evaluator, part, frame, depth + 1, followed)
    return found


def _all_parts(node: Expression) -> tuple[Expression, ...]:
    from evlint.link.walk import children

    if isinstance(node, Call):
        func = node.func
        kept = isinstance(func, Attribute) and (func.attr == "items" or SERIALISING.search(func.attr))
        receiver = (func.value,) if isinstance(func, Attribute) and kept else ()
        return (*receiver, *(argument.value for argument in node.args))
    return children(node)


def _name_roots(
    evaluator: Evaluator, node: Name, frame: Frame, depth: int, followed: Followed
) -> set[tuple[Scope, str]]:
    scope, bindings = lookup(evaluator, frame.scope, node.id)
    found: set[tuple[Scope, str]] = set()
    if scope is None or scope.kind not in ("function", "lambda"):
        return found
    for binding in bindings:
        if binding.kind == "parameter":
            if frame.function is scope and node.id in frame.arguments:
                inner, caller = frame.arguments[node.id]
                found |= roots(evaluator, inner, caller, depth + 1, followed)
            elif not _is_self(scope, node.id):
                found.add((scope, node.id))
        elif binding.value is not None:
            found |= roots(evaluator, binding.value, frame.at(scope), depth + 1, followed)
    return found


def _is_self(scope: Scope, name: str) -> bool:
    return (
        scope.owner is not None
        and not scope.is_static()
        and bool(scope.parameters)
        and scope.parameters[0].name == name
    )


def _relays(scope: Scope) -> bool:
    """Whether a function passes on what an outbox holds."""
    return any(word in f"{scope.module.name}.{scope.qualname}".lower() for word in ("outbox", "relay"))


def is_drained(
    evaluator: Evaluator, node: Expression, frame: Frame, depth: int = 0, followed: Followed | None = None
) -> bool:
    """Whether `node` is taken from a buffer of recorded events (`*order.pull_events()`, `for e in self.events`)."""
    followed = {} if followed is None else followed
    if depth > DEPTH or _is_followed(node, frame, depth, followed):
        return False
    if not depth and _relays(frame.scope):
        return True
    match node:
        case Attribute():
            return "event" in node.attr.lower() or "message" in node.attr.lower()
        case Call():
            name = node.func.attr if isinstance(node.func, Attribute) else getattr(node.func, "id", "")
            if "event" in name.lower() or "message" in name.lower():
                return True
        case Name():
            scope, bindings = lookup(evaluator, frame.scope, node.id)
            return scope is not None and any(
                binding.kind in ("element", "value")
                and binding.value is not None
                and is_drained(evaluator, binding.value, Frame(scope), depth + 1, followed)
                for binding in bindings
            )
    return any(
        is_drained(evaluator, part, where, depth + 1, followed) for part, where in _parts(evaluator, node, frame)
    )


def _is_followed(node: Expression, frame: Frame, depth: int, followed: Followed) -> bool:
    """Whether an expression was followed at least as far before; from now on it was."""
    key = (id(node), id(frame.scope), id(frame.arguments) if frame.arguments else 0)
    if followed.get(key, depth + 1) <= depth:
        return True
    followed[key] = depth
    return False


__all__ = ["Items", "instances", "is_drained", "named_in", "roots"]
