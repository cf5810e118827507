"""Rows that a function looks up and without which it gives up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from evlint.link import effects
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import Frame
from evlint.link.walk import dotted, expressions, heads, last_name, statements
from evlint.model.facts import Await, Call, Expression, If, Jump, Name, Operation, Raise, Return, Statement
from evlint.model.facts import Literal as LiteralNode
from evlint.model.program import Demand

# What a function may do about a missing row other than give up.
COPES = re.compile(
    r"create|insert|add|upsert|retry|defer|requeue|postpone|schedule|delay|publish|send|put|park|nack|reject|save|append"
    r"|enqueue|later|wait",
    re.IGNORECASE,
)
LOOKUPS = re.compile(
    r"^(?:a?get|find|fetch|load|select|retrieve|lookup|first|one_or_none|scalar|scalar_one_or_none|fetchone)(?:_|$)"
)


def demanded(evaluator: Evaluator, scope: Scope, statement: If, labels: tuple[str, ...]) -> Iterator[Demand]:
    """The look-up whose empty result makes the function give up in this test."""
    name = _missing(statement.test)
    if not name or statement.orelse or any(_copes(item) for item in statements(statement.body)):
        return
    way = _gives_up(statement.body)
    if way is None:
        return
    for binding in scope.bindings.get(name, ()):
        value = binding.value.value if isinstance(binding.value, Await) else binding.value
        if binding.kind == "value" and isinstance(value, Call) and _is_lookup(evaluator, value, scope):
            yield Demand(dotted(value.func), scope.location(statement.span), way, labels)
            return


def _missing(test: Expression) -> str:
    """The variable that a test finds empty: `not order`, `order is None`."""
    if isinstance(test, Operation) and test.operator == "not" and isinstance(test.operands[0], Name):
        return test.operands[0].id
    if isinstance(test, Operation) and test.operator in ("is", "==") and len(test.operands) == 2:
        first, second = test.operands
        if isinstance(first, Name) and isinstance(second, LiteralNode) and second.value is None:
            return first.id
    return ""


def _gives_up(body: tuple[Statement, ...]) -> Literal["leaves", "raises"] | None:
    last = body[-1] if body else None
    if isinstance(last, Raise):
        return "raises"
    if isinstance(last, Jump):
        return "leaves" if last.kind == "continue" else None
    plain = isinstance(last, Return) and (last.value is None or isinstance(last.value, LiteralNode))
    return "leaves" if plain else None


def _copes(statement: Statement) -> bool:
    return any(
        isinstance(node, Call) and COPES.search(last_name(node.func))
        for head in heads(statement)
        for node in expressions(head)
    )


def _is_lookup(evaluator: Evaluator, call: Call, scope: Scope) -> bool:
    """Whether the call reads one row of a store, and not a key of the event."""
    if effects.judge(evaluator, call, Frame(scope)).kind == "read":
        return bool(LOOKUPS.match(last_name(call.func)))
    return False
