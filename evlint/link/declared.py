"""Events that the program declares, whether or not anything is seen to send or take them."""

from __future__ import annotations

from collections.abc import Iterable

from evlint.link.evaluate import Evaluator
from evlint.link.family import Family
from evlint.link.identities import EVENT_WORDS, can_be_event
from evlint.link.scopes import Scope
from evlint.link.sites import Sites
from evlint.words.identifiers import split


def family(sites: Sites, used: Iterable[Scope]) -> Family:
    """The classes of the program, and those beside a used one whether or not their file was worth looking at."""
    known = {module.path for module in sites.modules}
    beside = {scope.module.path: scope.module for scope in used if scope.module.path not in known}
    inner = (scope for _, module in sorted(beside.items()) for scope in module.all_scopes())
    return Family(sites.evaluator.classes, [*sites.scopes, *inner])


def event_bases(evaluator: Evaluator, used: Iterable[Scope]) -> set[Scope]:
    """The classes named like events that events which are sent or taken derive from."""
    return {
        base
        for scope in used
        for base in evaluator.classes.line(scope)[1:]
        if isinstance(base, Scope) and is_event_base(base)
    }


def by_base(evaluator: Evaluator, family: Family, bases: set[Scope]) -> list[Scope]:
    """The events that share an event base with those that are sent or taken somewhere."""
    return [scope for scope in family.concrete(bases) if can_be_event(evaluator, scope) and not is_called_base(scope)]


def is_called_base(scope: Scope) -> bool:
    """Whether a class says by its name that others derive from it, wherever they are: `BaseEvent`, `PortEventBase`."""
    words = [word.lower() for word in split(scope.name)]
    return bool(words) and (words[-1] == "base" or words[0] in ("base", "abstract"))


def is_event_base(scope: Scope) -> bool:
    """Whether a base class is named like one of events."""
    return bool({word.lower() for word in split(scope.name)} & EVENT_WORDS)
