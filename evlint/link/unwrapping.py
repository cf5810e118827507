"""Handlers inside of the functions that are put around them: `bus.on(Paid, logged(send_receipt))`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evlint.link.arguments import bind
from evlint.link.names import lookup
from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, Frame, FunctionObject
from evlint.model.facts import Call, Expression, Name

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

DEPTH = 4


def wrapped(evaluator: Evaluator, node: Expression, frame: Frame, depth: int = 0) -> tuple[Expression, Frame]:
    """What a wrapper is given to call, where `node` is made by a function that returns a wrapper; else itself."""
    made, inside = _made(evaluator, node, frame)
    if made is None or depth >= DEPTH:
        return node, frame
    for value in evaluator.values(made.func, inside):
        if isinstance(value, FunctionObject):
            given = bind(value.scope, made, inside, bound=value.receiver is not None)
            for name in _called_within(value.scope):
                # What makes the event out of the delivery is a class.
                if name in given and not any(isinstance(item, ClassObject) for item in evaluator.values(*given[name])):
                    return wrapped(evaluator, *_origin(evaluator, *given[name]), depth + 1)
    return node, frame


def _origin(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Expression, Frame]:
    from evlint.link.payloads import origin

    return origin(evaluator, node, frame)


def _made(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Call | None, Frame]:
    """The call that makes what stands here, at once or in the variable's only assignment."""
    if isinstance(node, Call):
        return node, frame
    if isinstance(node, Name):
        scope, bindings = lookup(evaluator, frame.scope, node.id)
        values = [item.value for item in bindings if item.kind == "value"]
        if scope is not None and len(bindings) == 1 and values and isinstance(values[0], Call):
            return values[0], frame.at(scope)
    return None, frame


def _called_within(maker: Scope) -> list[str]:
    """The parameters of a function that a function inside of it, which it returns, calls."""
    parameters = [item.name for item in maker.arguments()]
    returned = {node.id for node in maker.returns if isinstance(node, Name)}
    inner = [scope for scope in maker.children if scope.kind == "lambda" or scope.name in returned]
    called = {
        site.call.func.id
        for scope in inner
        for nested in scope.all_scopes()
        for site in nested.sites
        if isinstance(site.call.func, Name)
    }
    return [name for name in parameters if name in called]
