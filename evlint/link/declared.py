"""Events that the program declares, whether or not anything is seen to send or take them."""

from __future__ import annotations

from collections.abc import Iterable

from evlint.link.evaluate import Evaluator
from evlint.link.identities import EVENT_WORDS, can_be_event
from evlint.link.scopes import Scope
from evlint.link.sites import Sites
from evlint.words.identifiers import split


class Family:
    """Which classes of the program derive from which.

    An event's own module counts whether or not it was worth looking at: what derives from an event often stands there.
    """

    def __init__(self, sites: Sites, used: Iterable[Scope]) -> None:
        self._evaluator = sites.evaluator
        beside = {scope.module.path: scope.module for scope in used}
        known = {module.path for module in sites.modules}
        scopes = [
            *sites.scopes,
            *(item for path in sorted(beside.keys() - known) for item in beside[path].all_scopes()),
        ]
        self.classes = [scope for scope in scopes if scope.kind == "class"]
        self._parents = {
            scope: [base for base in sites.evaluator.classes.bases(scope) if isinstance(base, Scope)]
            for scope in self.classes
        }
        self._with_children = {base for bases in self._parents.values() for base in bases}

    def has_subclasses(self, scope: Scope) -> bool:
        return scope in self._with_children

    def concrete(self, bases: set[Scope]) -> list[Scope]:
        """The classes without subclasses that derive from one of `bases`."""
        return [
            scope
            for scope in self.classes
            if scope not in self._with_children
            and any(base in bases for base in self._evaluator.classes.line(scope)[1:] if isinstance(base, Scope))
        ]


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
    return [scope for scope in family.concrete(bases) if can_be_event(evaluator, scope)]


def is_event_base(scope: Scope) -> bool:
    """Whether a base class is named like one of events."""
    return bool({word.lower() for word in split(scope.name)} & EVENT_WORDS)
