"""By which words a publishing call picks out one consumer: its arguments, the tests around it, parts of its topic."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope, Site
from evlint.link.values import Frame, Text
from evlint.link.walk import blocks, dotted, expressions, heads
from evlint.model.facts import (
    Attribute,
    Call,
    Conditional,
    Expression,
    Format,
    If,
    Literal,
    Match,
    Name,
    Operation,
    Sequence,
    Statement,
    Subscript,
)
from evlint.model.program import Address

COMPARING = frozenset({"==", "!=", "in", "is", "not in", "is not"})
CONSTANTS = (Literal, Attribute, Sequence)


def addresses(evaluator: Evaluator, site: Site, *, has_open_topic: bool) -> tuple[Address, ...]:
    """What could address a consumer; whether it does is for a rule to judge."""
    found = {*_arguments(evaluator, site), *_tests(evaluator, site)}
    if has_open_topic:
        found.update(_parts(site))
    return tuple(sorted(found))


def _arguments(evaluator: Evaluator, site: Site) -> Iterator[Address]:
    for argument in site.call.args:
        if argument.keyword:
            values = evaluator.values(argument.value, Frame(site.scope))
            text = next((value.value for value in values if isinstance(value, Text)), "")
            yield Address("argument", argument.keyword, text, site.location)


def _parts(site: Site) -> Iterator[Address]:
    """The names in the texts that are put together in the call, or just before it."""
    for argument in site.call.args:
        for node in _texts(argument.value, site.scope):
            parts = node.parts if isinstance(node, Format) else node.operands
            for part in parts:
                if isinstance(part, Name | Attribute):
                    yield Address("topic", dotted(part), "", site.scope.location(node.span))


def _texts(node: Expression, scope: Scope) -> Iterator[Format | Operation]:
    """The texts in an expression, those that its variables hold included."""
    for part in expressions(node):
        held = scope.bindings.get(part.id, ()) if isinstance(part, Name) else ()
        for text in (part, *(item.value for item in held if item.kind == "value")):
            if isinstance(text, Format) or (isinstance(text, Operation) and text.operator == "+" and _has_text(text)):
                yield text


def _has_text(node: Operation) -> bool:
    return any(isinstance(item, Literal) and item.kind == "str" for item in node.operands)


def _tests(evaluator: Evaluator, site: Site) -> Iterator[Address]:
    """The comparisons with a constant that decide whether the call runs."""
    scope = site.scope.function()
    for test in _around(scope.body, site.call) or ():
        for node in expressions(test):
            if isinstance(node, Operation) and node.operator in COMPARING and len(node.operands) == 2:
                yield from _compared(evaluator, scope, node)


def _compared(evaluator: Evaluator, scope: Scope, node: Operation) -> Iterator[Address]:
    first, second = node.operands
    for subject, value in ((first, second), (second, first)):
        if not isinstance(subject, Name | Attribute | Subscript) or not isinstance(value, CONSTANTS):
            continue
        for option in value.items if isinstance(value, Sequence) else (value,):
            for text in evaluator.values(option, Frame(scope)):
                if isinstance(text, Text):
                    yield Address("test", _subject(subject), text.value, scope.location(node.span))


def _subject(node: Expression) -> str:
    """What is compared: for `message["consumer"]`, the key."""
    if isinstance(node, Subscript) and isinstance(node.index, Literal):
        return str(node.index.value)
    return dotted(node)


def _around(body: tuple[Statement, ...], call: Call) -> tuple[Expression, ...] | None:
    """The tests that decide on `call`, around it and in it; None where it does not stand in `body`."""
    for statement in body:
        for head in heads(statement):
            if _holds(head, call):
                # What stands in the call decides on what is sent.
                around = (node for node in expressions(head) if isinstance(node, Conditional))
                return tuple(node.test for node in around if not _holds(node.test, call))
        for number, (_, block) in enumerate(blocks(statement)):
            found = _around(block, call)
            if found is not None:
                return (*_decides(statement, number), *found)
    return None


def _holds(root: Expression, call: Call) -> bool:
    return any(node is call for node in expressions(root))


def _decides(statement: Statement, number: int) -> tuple[Expression, ...]:
    """What decides whether a block of the statement runs."""
    if isinstance(statement, If):
        return (statement.test,)
    if isinstance(statement, Match):
        return (Operation("==", (statement.subject, statement.cases[number].pattern), statement.span),)
    return ()
