"""Handlers of a shared topic that tell its events apart: `if message["type"] == "order.placed": …`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.handlers import running
from evlint.link.identities import sounds_past
from evlint.link.names import lookup
from evlint.link.payloads import TYPE_KEYS
from evlint.link.readings import Handler
from evlint.link.routes import router
from evlint.link.scopes import Scope, Site
from evlint.link.values import Frame, FunctionObject, Items, Text
from evlint.link.walk import expressions, heads, statements
from evlint.model.facts import (
    Attribute,
    Await,
    Call,
    Expression,
    If,
    Literal,
    Match,
    Name,
    Operation,
    Statement,
    Subscript,
)

KEYS = frozenset((*TYPE_KEYS, "action", "kind", "message_type", "msg_type", "messageType"))
FIELDS = KEYS | {"routing_key", "subject", "topic", "channel"}
DELIVERIES = re.compile(r"event|evt|message|msg|data|payload|body|record", re.IGNORECASE)
WILDCARD = re.compile(r"[*#>+{]")
DEPTH = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """A comparison with the name of an event, and what runs when it holds: statements, or a function looked up."""

    text: Text
    at: Expression
    body: tuple[Statement, ...]
    function: Scope
    handler: Scope | None = None


def told_apart(evaluator: Evaluator, subscriptions: Iterable[Emission]) -> Iterator[Emission]:
    """The subscriptions, and in place of each to a shared topic the events that its handlers tell apart."""
    chosen: dict[object, Emission] = {}
    for emission in subscriptions:
        identity = emission.identity
        if identity.scope is not None or identity.topic is None or emission.manner.transport != "broker":
            yield emission
            continue
        found = [] if sounds_past(identity.topic.value) else list(_chosen(evaluator, emission))
        for item in found:
            # One handler may be bound to several topics: the event comes by the one that fits its name.
            key = (item.identity.topic, item.site.call.span, item.site.scope, item.handlers[0].name)
            if key not in chosen or (_fits(item) and not _fits(chosen[key])):
                chosen[key] = item
        if not found or identity.is_pattern:
            yield emission
    yield from chosen.values()


def _fits(emission: Emission) -> bool:
    topic, channel = emission.identity.topic, emission.identity.channel
    return topic is not None and channel is not None and topic.value.startswith(WILDCARD.split(channel)[0])


def _chosen(evaluator: Evaluator, emission: Emission) -> Iterator[Emission]:
    topic = emission.identity.topic
    for handler in emission.handlers:
        if handler.scope is None or topic is None:
            continue
        for choice in _choices(evaluator, running(evaluator, handler.scope), 0):
            branch = choice.handler or _branch_handler(evaluator, choice)
            takes = Handler(branch, branch.qualname) if branch is not None else handler
            yield replace(
                emission,
                site=Site(Call(choice.at, (), choice.at.span), choice.function, "passed"),
                identity=replace(emission.identity, topic=choice.text, channel=topic.value),
                # That the handler asks for the event by name is a proof of its own.
                manner=replace(emission.manner, confidence="strong")
                if emission.manner.confidence == "likely"
                else emission.manner,
                handlers=(replace(takes, place=None),),
            )


def _choices(evaluator: Evaluator, function: Scope, depth: int) -> list[Choice]:
    """The comparisons in `function`, or in the functions that it hands a delivery on to."""
    if depth > DEPTH or function.kind == "class":
        return []
    found = [choice for statement in statements(function.body) for choice in _compared(evaluator, function, statement)]
    found += _looked_up(evaluator, function)
    if found:
        return found
    for site in function.sites:
        if site.call.args:
            for value in evaluator.values(site.call.func, Frame(function)):
                if isinstance(value, FunctionObject) and value.scope is not function:
                    found.extend(_choices(evaluator, value.scope, depth + 1))
    return found


def _looked_up(evaluator: Evaluator, function: Scope) -> Iterator[Choice]:
    routes = router(evaluator, function)
    for route in routes.routes if routes is not None and routes.field in FIELDS else ():
        named = [route.text] if route.text is not None else _names(evaluator, route.at, route.frame)
        for text in named:
            yield Choice(
                text, route.at if route.text is None else Name("", route.handler.span), (), function, route.handler
            )


def _compared(evaluator: Evaluator, function: Scope, statement: Statement) -> Iterator[Choice]:
    frame = Frame(function)
    if isinstance(statement, If):
        for node in expressions(statement.test):
            if isinstance(node, Operation) and node.operator in ("==", "in") and len(node.operands) == 2:
                left, right = node.operands
                for subject, other in ((left, right), (right, left)):
                    if _tells(evaluator, subject, frame):
                        for text in _names(evaluator, other, frame):
                            yield Choice(text, node, statement.body, function)
    elif isinstance(statement, Match) and _tells(evaluator, statement.subject, frame):
        for case in statement.cases:
            for text in _names(evaluator, case.pattern, frame):
                yield Choice(text, case.pattern, case.body, function)


def _names(evaluator: Evaluator, node: Expression, frame: Frame) -> Iterator[Text]:
    """The event names that stand in a comparison: one, or a list of them."""
    if isinstance(node, Operation) and node.operator == "|":
        for operand in node.operands:
            yield from _names(evaluator, operand, frame)
        return
    for value in evaluator.values(node, frame):
        if isinstance(value, Items):
            for item in value.node.items:
                yield from _names(evaluator, item, value.frame)
        elif isinstance(value, Text) and "{}" not in value.value and sounds_past(value.value):
            yield value


def _tells(evaluator: Evaluator, node: Expression, frame: Frame, depth: int = 0) -> bool:
    """Whether an expression is what names the event in a delivery."""
    match node:
        case Subscript(index=Literal(value=str() as key)):
            return key in KEYS
        case Call(func=Attribute(attr="get")) if node.args:
            first = node.args[0].value
            return isinstance(first, Literal) and first.value in KEYS
        case Attribute(attr=attr):
            return attr in FIELDS or (attr == "value" and _tells(evaluator, node.value, frame, depth + 1))
        case Name() if depth < DEPTH:
            scope, bindings = lookup(evaluator, frame.scope, node.id)
            return scope is not None and any(
                (binding.kind == "parameter" and node.id in FIELDS)
                or (
                    binding.kind == "value"
                    and binding.value is not None
                    and _tells(evaluator, binding.value, frame, depth + 1)
                )
                for binding in bindings
            )
    return False


def _branch_handler(evaluator: Evaluator, choice: Choice) -> Scope | None:
    """The one function of the program to which a branch hands the delivery."""
    called: dict[Scope, None] = {}
    for statement in statements(choice.body):
        for head in heads(statement):
            for node in expressions(head):
                if isinstance(node, Call) and any(
                    _is_delivery(evaluator, argument.value, choice.function) for argument in node.args
                ):
                    for value in evaluator.values(node.func, Frame(choice.function)):
                        if isinstance(value, FunctionObject):
                            called[value.scope] = None
    return next(iter(called)) if len(called) == 1 else None


def _is_delivery(evaluator: Evaluator, node: Expression, function: Scope) -> bool:
    """Whether an argument is the delivery or what was decoded from it, by its name and by where it comes from."""
    if not isinstance(node, Name) or not DELIVERIES.search(node.id):
        return False
    _, bindings = lookup(evaluator, function, node.id)
    return any(
        binding.kind != "value" or isinstance(binding.value, Call | Await | Subscript | Attribute)
        for binding in bindings
    )


__all__ = ["told_apart"]
