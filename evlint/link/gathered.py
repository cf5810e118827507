"""Handlers that are listed without their events, which their own signatures tell: `event_handlers = [greet, index]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.handlers import annotated_events
from evlint.link.identities import is_command
from evlint.link.readings import Handler, Manner, Place
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import ClassObject, Frame, FunctionObject, Instance
from evlint.model.facts import Attribute, Call, Expression, Name, Sequence, Starred

LIST = re.compile(
    r"events?_?(?:handler|listener|subscriber|consumer)s(?:_list)?$|^_*(?:subscribers|listeners|projectors|reactors)$",
    re.IGNORECASE,
)
DEPTH = 3
GATHERED = Manner("class", "", "in-process", "subscriber", "likely", named=False, strict=True)


def gathered(sites: Sites, known: Iterable[Emission]) -> Iterator[Emission]:
    """Subscriptions of listed handlers, but those that are `known` by other means."""
    taken = {(handler.scope, item.identity.scope) for item in known for handler in item.handlers}
    for node, frame in _lists(sites):
        for place, scope in _handlers(sites.evaluator, node, frame, 0):
            for identity in annotated_events(sites.evaluator, scope, GATHERED):
                if identity.scope is None or is_command(sites.evaluator, identity.scope):
                    continue
                if (scope, identity.scope) not in taken:
                    taken.add((scope, identity.scope))
                    site = Site(Call(place, (), place.span), frame.scope, "passed")
                    yield Emission(site, identity, GATHERED, None, (Handler(scope, scope.qualname, place.span),))


def _lists(sites: Sites) -> Iterator[Place]:
    for scope in sites.scopes:
        for name, bindings in scope.bindings.items():
            if LIST.search(name):
                yield from ((item.value, Frame(scope)) for item in bindings if item.kind == "value" and item.value)
        for name, values in scope.attributes.items():
            if LIST.search(name):
                yield from ((item.value, Frame(method)) for item, method in values if item.value is not None)
    for site in sites.all_calls():
        for argument in site.call.args:
            if argument.keyword and LIST.search(argument.keyword):
                yield argument.value, Frame(site.scope)


def _handlers(evaluator: Evaluator, node: Expression, frame: Frame, depth: int) -> Iterator[tuple[Expression, Scope]]:
    """The functions and classes that a list names, also where they are wrapped: `[Handler(greet), SendMail()]`."""
    match node:
        case Sequence() if depth < DEPTH:
            for item in node.items:
                yield from _handlers(evaluator, item, frame, depth + 1)
        case Starred():
            yield from _handlers(evaluator, node.value, frame, depth)
        case Name() | Attribute() | Call():
            found = [value for value in evaluator.values(node, frame) if depth]
            for value in found:
                match value:
                    case FunctionObject(scope=scope) | ClassObject(scope=scope) | Instance(type=Scope() as scope):
                        yield node, scope
            if isinstance(node, Call) and depth < DEPTH:
                for argument in node.args:
                    yield from _handlers(evaluator, argument.value, frame, depth + 1)


__all__ = ["gathered"]
