"""What a base class makes of a class: it handles what it is made for, or its methods handle and publish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.link import roles
from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.matching import manner
from evlint.link.readings import Handler, Place, Reader
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.tasks import tasks
from evlint.link.values import ClassObject, ExternalObject, Frame
from evlint.link.vocabulary import Rule
from evlint.model.facts import Call, Class, Expression, Name, Sequence, Subscript


def handling(sites: Sites) -> Iterator[Emission]:
    """Subscriptions by base class."""
    classes = sites.evaluator.classes
    for rule in sites.evaluator.vocabulary.all_rules("class"):
        if rule.pattern.act == "subscribe":
            for scope in sites.scopes:
                if scope.kind == "class" and rule.name in classes.names(scope):
                    yield from _class(sites.evaluator, rule, scope)


def publishing(sites: Sites) -> Iterator[Emission]:
    """Methods that publish what they return, because of the base of their class."""
    classes = sites.evaluator.classes
    for rule in sites.evaluator.vocabulary.all_rules("class"):
        if rule.pattern.act == "publish":
            for scope in sites.scopes:
                if scope.kind == "class" and rule.name in classes.names(scope):
                    for method in scope.methods():
                        if re.fullmatch(rule.pattern.methods, _signature(method)):
                            yield from _returned(sites.evaluator, rule, method)


def _returned(evaluator: Evaluator, rule: Rule, method: Scope) -> Iterator[Emission]:
    way = manner(rule, "certain")
    for node in method.returns:
        place = (node, Frame(method))
        for identity in Reader(evaluator, way).read([place], [], texts=[]).identities:
            yield Emission(Site(Call(node, (), node.span), method, "returned"), identity, way)


def _class(evaluator: Evaluator, rule: Rule, scope: Scope) -> Iterator[Emission]:
    if rule.pattern.methods:
        for method in scope.methods():
            if re.fullmatch(rule.pattern.methods, _signature(method)):
                yield from _handler(evaluator, rule, method, [])
    else:
        frame = Frame(scope.parent or scope)
        yield from _handler(evaluator, rule, scope, [(node, frame) for node in _generics(evaluator, rule, scope)])


def _handler(evaluator: Evaluator, rule: Rule, target: Scope, given: list[Place]) -> Iterator[Emission]:
    way = manner(rule, "certain")
    call = Call(Name(target.name, target.span), (), target.span)
    frame = Frame(target.parent or target)
    if way.kind == "task":
        reading = tasks(evaluator, rule, way, call, frame, target)
    else:
        events = given or roles.places(evaluator, rule, "event", call, frame, target)
        texts = roles.topics(evaluator, rule, "topic", call, frame, target)
        reading = Reader(evaluator, way).read(events, events, texts=texts, subscribing=True)
    handler = Handler(target, target.qualname, target.span)
    for identity in reading.identities:
        yield Emission(Site(call, target.parent or target, "passed"), identity, way, None, (handler,))


def _signature(method: Scope) -> str:
    """A method as `name(parameter, …)`, without its receiver."""
    return f"{method.name}({', '.join(item.name for item in method.arguments())})"


def _generics(evaluator: Evaluator, rule: Rule, scope: Scope) -> Iterator[Expression]:
    """The type argument of the base that makes the class a handler."""
    role = roles.role_of(rule.pattern.roles["event"]) if "event" in rule.pattern.roles else None
    if role is None or role.source != "generic" or not isinstance(scope.node, Class):
        return
    for base in scope.node.bases:
        node = base.value
        if isinstance(node, Subscript) and not base.keyword and _leads_to(evaluator, rule, node.value, scope):
            items = node.index.items if isinstance(node.index, Sequence) else (node.index,)
            yield from items[role.position : role.position + 1]


def _leads_to(evaluator: Evaluator, rule: Rule, base: Expression, scope: Scope) -> bool:
    for value in evaluator.values(base, Frame(scope.parent or scope)):
        if isinstance(value, ExternalObject) and value.name == rule.name:
            return True
        if isinstance(value, ClassObject) and rule.name in evaluator.classes.names(value.scope):
            return True
    return False
