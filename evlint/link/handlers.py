"""What a handler's own signature says about the events that it takes."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link import hints
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity, can_be_event, class_identity, sounds_like_event
from evlint.link.readings import Manner
from evlint.link.scopes import Scope
from evlint.link.values import Frame, Instance
from evlint.model.facts import Parameter

DELIVERY = ("handle", "__call__", "on_event", "process", "notify", "consume", "receive", "execute")


def running(evaluator: Evaluator, scope: Scope) -> Scope:
    """The function that runs when `scope` handles a delivery: itself, or the handling method of a class."""
    if scope.kind != "class":
        return scope
    for name in DELIVERY:
        method = evaluator.classes.method(scope, name)
        if method is not None:
            return method
    return scope


def annotated_events(evaluator: Evaluator, scope: Scope, manner: Manner) -> Iterator[Identity]:
    """The event classes that the parameters of a handler are annotated with."""
    function = running(evaluator, scope)
    frame = Frame(function.parent or function)
    for parameter in function.arguments():
        found = list(_classes(evaluator, parameter, frame))
        for event in found:
            yield class_identity(event, manner)
        if found:
            return


def _classes(evaluator: Evaluator, parameter: Parameter, frame: Frame) -> Iterator[Scope]:
    if parameter.annotation is None:
        return
    for value in hints.instances(evaluator, parameter.annotation, frame):
        if (
            isinstance(value, Instance)
            and isinstance(value.type, Scope)
            and can_be_event(evaluator, value.type)
            and sounds_like_event(evaluator, value.type)
        ):
            yield value.type
