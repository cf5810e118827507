"""The signal objects that a call speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link import payloads, roles
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity
from evlint.link.readings import Manner, Reading
from evlint.link.values import ExternalObject, Frame, Instance, Items, Value
from evlint.link.vocabulary import Rule
from evlint.model.facts import Call, Expression


def signals(evaluator: Evaluator, rule: Rule, way: Manner, call: Call, frame: Frame) -> Reading:
    """The signal objects that a call speaks of."""
    found: list[Identity] = []
    places = roles.places(evaluator, rule, "event", call, frame)
    for node, where in places:
        for value in each(evaluator, node, where):
            identity = _signal(evaluator, value, way)
            if identity is not None:
                found.append(identity)
    roots = frozenset(root for place in places for root in payloads.roots(evaluator, *place))
    return Reading(tuple(dict.fromkeys(found)), (), roots, reason="the signal is only known when the program runs")


def each(evaluator: Evaluator, node: Expression, frame: Frame) -> Iterator[Value]:
    """The values that may stand at a place, those in lists one by one."""
    for value in evaluator.values(node, frame):
        if isinstance(value, Items):
            for item in value.node.items:
                yield from each(evaluator, item, value.frame)
        else:
            yield value


def _signal(evaluator: Evaluator, value: Value, way: Manner) -> Identity | None:
    match value:
        case Instance(binding=str() as binding, location=location) if binding:
            return Identity(object=binding, location=location, transport=way.transport, dialect=way.dialect)
        case Instance(call=Call() as call, frame=Frame() as frame) if (
            attribute := _attribute(call, frame)
        ) is not None:
            location = frame.scope.location(call.span)
            return Identity(object=attribute, location=location, transport=way.transport, dialect=way.dialect)
        case Instance(call=Call() as call, frame=Frame() as frame) if call.args:
            text = next(iter(roles.named(evaluator, (call.args[0].value, frame))), None)
            if text is not None:
                return Identity(
                    object=f"{way.namespace}.{text.value}",
                    location=frame.scope.location(call.span),
                    transport=way.transport,
                    dialect=way.dialect,
                )
        case ExternalObject(name=name):
            return Identity(object=name, transport=way.transport, dialect=way.dialect)
    return None


def _attribute(call: Call, frame: Frame) -> str | None:
    """The attribute that a method gives a new signal to; what a function gives has the name that it is asked for."""
    owner = frame.scope.owner
    if owner is None or not frame.scope.last_name(call.func)[:1].isupper():
        return None
    for name, items in owner.attributes.items():
        if any(binding.value is call for binding, _ in items):
            return f"{owner.dotted}.{name}"
    return None
