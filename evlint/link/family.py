"""Which classes of the program derive from which."""

from __future__ import annotations

from collections.abc import Iterable

from evlint.link.classes import Classes
from evlint.link.scopes import Scope


class Family:
    """The classes among `scopes`, with what derives from them."""

    def __init__(self, classes: Classes, scopes: Iterable[Scope]) -> None:
        self._all = classes
        self._classes = [scope for scope in scopes if scope.kind == "class"]
        self._with_children = {base for scope in self._classes for base in classes.bases(scope)}

    def has_subclasses(self, scope: Scope) -> bool:
        """Whether a class derives from `scope`: one of those known, or one beside it."""
        return scope in self._with_children or any(
            scope in self._all.bases(other) for other in scope.module.all_scopes() if other.kind == "class"
        )

    def concrete(self, bases: set[Scope]) -> list[Scope]:
        """The classes without subclasses that derive from one of `bases`."""
        return [
            scope
            for scope in self._classes
            if scope not in self._with_children and any(base in bases for base in self._all.line(scope)[1:])
        ]
