"""Whether what is added to a store is a row that is there already: by its own key, or because it came from there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.link.arguments import keyword
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, Frame, Instance
from evlint.link.walk import expressions, last_name, statements
from evlint.model.facts import Assign, Attribute, Await, Call, Expression, Literal, Mapping, Name, Sequence

# Arguments by which a field declares itself the key of its row.
KEYS = ("primary_key", "identifier", "unique", "pk")
MADE_UP = re.compile(r"uuid|ulid|nanoid|token|random|now|today|time|next_|generate|new_id", re.IGNORECASE)


def is_keyed(evaluator: Evaluator, call: Call, frame: Frame) -> bool:
    """Whether all that the call adds is made with its key from elsewhere, not made up on the spot."""
    made = [value for argument in call.args[:1] for value in _made(evaluator, argument.value, frame)]
    return bool(made) and all(_has_key(evaluator, value) for value in made)


def is_changed(evaluator: Evaluator, call: Call, scope: Scope) -> bool:
    """Whether the call stores again what was fetched and changed in `scope`, rather than something new."""
    given = call.args[0].value if call.args else None
    if not isinstance(given, Name):
        return False
    bindings = [item for item in scope.bindings.get(given.id, ()) if item.kind not in ("parameter", "unknown")]
    fetched = any(not _is_made_by(evaluator, item.value, scope) for item in bindings if item.value is not None)
    return fetched and any(
        isinstance(target, Attribute) and isinstance(target.value, Name) and target.value.id == given.id
        for statement in statements(scope.body)
        if isinstance(statement, Assign)
        for target in statement.targets
    )


def _is_made_by(evaluator: Evaluator, node: Expression, scope: Scope) -> bool:
    """Whether a value is a new object: what calling a class makes, or a literal."""
    if isinstance(node, Await):
        node = node.value
    if not isinstance(node, Call):
        return isinstance(node, Mapping | Sequence)
    known = any(isinstance(value, ClassObject) for value in evaluator.values(node.func, Frame(scope)))
    return known or last_name(node.func)[:1].isupper()


def _made(evaluator: Evaluator, node: Expression, frame: Frame) -> Iterator[Instance]:
    for value in evaluator.values(node, frame):
        if isinstance(value, Instance) and isinstance(value.type, Scope) and value.call is not None:
            yield value


def _has_key(evaluator: Evaluator, value: Instance) -> bool:
    call, scope = value.call, value.type
    if call is None or not isinstance(scope, Scope):
        return False
    for name in ("id", *_declared(evaluator, scope)):
        given = keyword(call, name)
        if given is not None and not any(MADE_UP.search(last_name(node)) for node in expressions(given)):
            return True
    return False


def _declared(evaluator: Evaluator, scope: Scope) -> Iterator[str]:
    """The fields of a class that are declared to be its key, or unique."""
    for base in evaluator.classes.line(scope):
        for name, bindings in base.bindings.items() if isinstance(base, Scope) else ():
            declared = (part for item in bindings for part in (item.value, item.annotation) if part is not None)
            if any(_is_key(part) for part in declared):
                yield name


def _is_key(declaration: Expression) -> bool:
    return any(
        isinstance(node, Call) and any(_is_true(keyword(node, name)) for name in KEYS)
        for node in expressions(declaration)
    )


def _is_true(node: Expression | None) -> bool:
    return isinstance(node, Literal) and node.value is True
