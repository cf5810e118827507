"""Changes that go on from the value that is stored: counters, running totals, lists that grow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.link import effects
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import Frame
from evlint.link.walk import dotted, expressions, last_name, statements
from evlint.model.facts import Assign, Attribute, Call, Expression, Name, Operation

# Figures that an object keeps about itself in memory.
OWN_FIGURES = re.compile(
    r"^_|count|total|num_|processed|received|handled|error|fail|success|stat|metric|retr|attempt|seq|offset|last|size"
    r"|messages|events|calls|hits|misses|index|position|tick|step|iteration|version",
    re.IGNORECASE,
)
STATISTICS = re.compile(r"stat(?:s|istics)$|metrics?$|counters?$", re.IGNORECASE)
GROWING = frozenset({"append", "extend", "insert", "appendleft"})


def assigned(statement: Assign) -> Iterator[str]:
    """The attributes that an assignment moves on from their last value, as `view.total +=`."""
    for target in statement.targets:
        if not isinstance(target, Attribute) or _is_own(target):
            continue
        if statement.operator[:1] in ("+", "-"):
            yield f"{dotted(target)} {statement.operator[0]}="
        elif statement.operator in ("", "=") and statement.value is not None:
            operator = _moved_by(dotted(target), statement.value)
            if operator:
                yield f"{dotted(target)} {operator}="


def _is_own(target: Attribute) -> bool:
    owner, *holders = dotted(target.value).split(".")
    if target.attr.startswith("_") or any(map(STATISTICS.search, holders)):
        return True
    return owner in ("self", "cls") and not holders and bool(OWN_FIGURES.search(target.attr))


def _moved_by(attribute: str, value: Expression) -> str:
    """The operator that joins the attribute's own value with something else: `a.b = (a.b or 0) + 1`."""
    if isinstance(value, Operation) and value.operator in ("+", "-") and len(value.operands) > 1:
        for operand in value.operands:
            if any(isinstance(node, Attribute) and dotted(node) == attribute for node in expressions(operand)):
                return value.operator
    return ""


def is_appended(evaluator: Evaluator, call: Call, scope: Scope) -> bool:
    """Whether the call lengthens a list that is part of something stored."""
    func = call.func
    if not isinstance(func, Attribute) or func.attr not in GROWING:
        return False
    grown = func.value
    if isinstance(grown, Name):
        return _is_taken_out(grown.id, scope) and _is_put_back(grown.id, scope)
    return isinstance(grown, Attribute) and _is_loaded(evaluator, grown.value, scope)


def _is_put_back(name: str, scope: Scope) -> bool:
    return any(
        isinstance(item, Assign)
        and isinstance(item.value, Name)
        and item.value.id == name
        and any(isinstance(target, Attribute) and not _is_own(target) for target in item.targets)
        for item in statements(scope.body)
    )


def _is_taken_out(name: str, scope: Scope) -> bool:
    """Whether the local list starts as what an object holds: `list(view.events or [])`."""
    values = [binding.value for binding in scope.bindings.get(name, ()) if binding.value is not None]
    return any(
        isinstance(node, Attribute) and last_name(node.value) != "self"
        for value in values
        for node in expressions(value)
    )


def _is_loaded(evaluator: Evaluator, node: Expression, scope: Scope) -> bool:
    """Whether a local variable holds what was read from a store."""
    if not isinstance(node, Name):
        return False
    for binding in scope.bindings.get(node.id, ()):
        for part in expressions(binding.value) if binding.value is not None and binding.kind == "value" else ():
            if isinstance(part, Call) and effects.judge(evaluator, part, Frame(scope)).kind == "read":
                return True
    return False
