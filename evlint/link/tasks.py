"""Tasks: commands that are known by the function that runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from evlint.link import payloads, roles
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity
from evlint.link.objects import each
from evlint.link.readings import Handler, Manner, Reading
from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, Frame, FunctionObject, Instance, Text, Value
from evlint.link.vocabulary import Rule
from evlint.model.facts import Call


def tasks(
    evaluator: Evaluator, rule: Rule, way: Manner, call: Call, frame: Frame, decorated: Scope | None = None
) -> Reading:
    """The tasks that a call or decorator speaks of: by the function itself, or by its name."""
    names = roles.topics(evaluator, rule, "topic", call, frame, decorated)
    name = names[0] if names else None
    if decorated is not None and rule.pattern.roles.get("event") == "decorated":
        return Reading((_of_scope(decorated, way, name),))
    places = roles.places(evaluator, rule, "event", call, frame, decorated)
    found = [
        identity for place in places for value in each(evaluator, *place) for identity in identities(value, way, name)
    ] or [_of_name(text, way) for text in names]
    roots = frozenset(root for place in places for root in payloads.roots(evaluator, *place))
    return Reading(tuple(dict.fromkeys(found)), (), roots, reason="the task is only known when the program runs")


def runners(values: Iterable[Value]) -> list[Handler]:
    """The functions of the program that are handed over to be run; each counts where it is defined."""
    scopes = [scope for value in values if (scope := _scope(value)) is not None]
    return [Handler(scope, scope.qualname, scope.span) for scope in dict.fromkeys(scopes)]


def identities(value: Value, way: Manner, name: Text | None = None) -> Iterator[Identity]:
    """The task that a function, which may go by another name, or a string stands for."""
    scope = _scope(value)
    if scope is not None:
        yield _of_scope(scope, way, name)
    elif isinstance(value, Text) and value.is_known:
        yield _of_name(value, way)


def _scope(value: Value) -> Scope | None:
    match value:
        case FunctionObject(scope=scope) | ClassObject(scope=scope) | Instance(type=Scope() as scope):
            return None if scope.kind == "lambda" else scope
    return None


def _of_scope(scope: Scope, way: Manner, name: Text | None) -> Identity:
    made = Identity(topic=name, namespace=way.namespace, transport=way.transport, dialect=way.dialect)
    return replace(made, task=scope.dotted, location=scope.location(scope.span))


def _of_name(name: Text, way: Manner) -> Identity:
    return Identity(topic=name, namespace=way.namespace, transport=way.transport, dialect=way.dialect, task=name.value)


class TaskNames:
    """Which function a task's name means: the one that was given it, else the only one whose path ends in it."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self._given: dict[str, set[str]] = {}
        self._ending: dict[str, set[str]] = {}
        for item in identities:
            if item.task and item.location is not None:
                if item.topic is not None:
                    self._given.setdefault(item.topic.value, set()).add(item.task)
                parts = item.task.split(".")
                for start in range(len(parts)):
                    self._ending.setdefault(".".join(parts[start:]), set()).add(item.task)

    def id_of(self, identity: Identity) -> str:
        if identity.location is not None:
            return identity.id
        name = identity.task.replace(":", ".")
        found = self._given.get(identity.task) or self._ending.get(name) or set()
        return f"task:{next(iter(found))}" if len(found) == 1 else identity.id
