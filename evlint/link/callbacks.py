"""What the other callbacks of a client set up for it: `client.on_connect = f`, where `def f(client, …)` subscribes."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link import roles
from evlint.link.evaluate import Evaluator
from evlint.link.readings import Place
from evlint.link.scopes import Scope
from evlint.link.values import Frame, FunctionObject
from evlint.link.vocabulary import Rule
from evlint.link.walk import dotted, statements
from evlint.model.facts import Assign, Attribute, Expression, Name


def set_up(evaluator: Evaluator, rule: Rule, scope: Scope, target: Attribute, role: str) -> Iterator[Place]:
    """What plays `role` in calls that callbacks assigned beside `target` make on the client that they are given."""
    for value in _beside(scope, target):
        for function in evaluator.values(value, Frame(scope)):
            if isinstance(function, FunctionObject):
                given = function.scope.arguments()
                if given:
                    yield from _calls(evaluator, rule, function.scope, given[0].name, role)


def _beside(scope: Scope, target: Attribute) -> Iterator[Expression]:
    """What is assigned to other attributes of the same client, in the function or the other methods of its class."""
    client = dotted(target.value)
    around = scope.owner if scope.owner is not None and client.startswith("self.") else scope
    for inner in around.all_scopes():
        for statement in statements(inner.body):
            if isinstance(statement, Assign) and statement.value is not None:
                for other in statement.targets:
                    if isinstance(other, Attribute) and other.attr != target.attr and dotted(other.value) == client:
                        yield statement.value


def _calls(evaluator: Evaluator, rule: Rule, function: Scope, parameter: str, role: str) -> Iterator[Place]:
    for inner in function.all_scopes():
        for site in inner.sites:
            match site.call.func:
                case Attribute(value=Name(id=name), attr=attr) if name == parameter:
                    for other in evaluator.vocabulary.rules("call", attr):
                        if other.pattern.act == "carry" and other.dialect is rule.dialect:
                            yield from roles.places(evaluator, other, role, site.call, Frame(inner))


__all__ = ["set_up"]
