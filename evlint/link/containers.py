"""Handlers that a dependency-injection container brings together: `binder.multibind(Handler[OrderPlaced], to=...)`."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link.arguments import keyword, positional
from evlint.link.emissions import Emission
from evlint.link.identities import class_identity, is_event
from evlint.link.readings import Manner, Reader
from evlint.link.scopes import Scope
from evlint.link.sites import Sites
from evlint.link.values import ClassObject, Frame
from evlint.link.walk import expressions
from evlint.model.facts import Call, Expression, Subscript

BOUND = Manner("class", "", "in-process", "multibind", "strong", named=False, strict=True)


def bound(sites: Sites) -> Iterator[Emission]:
    """The events that generic handler keys name, with what they are bound to."""
    reader = Reader(sites.evaluator, BOUND)
    for site in sites.calls("multibind"):
        key = positional(site.call, 0)
        target = keyword(site.call, "to") or positional(site.call, 1)
        frame = Frame(site.scope)
        if key is None or target is None:
            continue
        handlers = tuple(handler for node in _targets(target) for handler in reader.handlers([(node, frame)]))
        known = tuple(handler for handler in handlers if handler.scope is not None)
        for event in _events(sites, key, frame):
            if known:
                yield Emission(site, class_identity(event, BOUND), BOUND, None, known)


def _targets(node: Expression) -> tuple[Expression, ...]:
    """What is bound: itself, or what a provider is made for."""
    return tuple(argument.value for argument in node.args) if isinstance(node, Call) else (node,)


def _events(sites: Sites, key: Expression, frame: Frame) -> Iterator[Scope]:
    """The event classes in the brackets of `Handler[OrderPlaced]` or `list[Handler[OrderPlaced]]`."""
    for node in expressions(key):
        if isinstance(node, Subscript):
            for value in sites.evaluator.values(node.index, frame):
                if isinstance(value, ClassObject) and value.scope.kind == "class":
                    scope = value.scope
                    if is_event(sites.evaluator, scope):
                        yield scope
