"""Base classes, nearest first, across files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, ExternalObject, Frame
from evlint.model.facts import Call, Class, Expression, Subscript

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

ENUM_BASES = frozenset(
    f"{module}.{name}"
    for module in ("enum", "django.db.models", "strenum", "aenum", "backports.strenum", "homeassistant.backports.enum")
    for name in ("Enum", "StrEnum", "IntEnum", "TextChoices", "Flag", "IntFlag")
)


class Classes:
    """The class hierarchy of a program, computed on demand."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._lines: dict[Scope, tuple[Scope | str, ...]] = {}

    def bases(self, scope: Scope) -> tuple[Scope | str, ...]:
        """The classes that `scope` names as its bases: of the program, or dotted names."""
        if not isinstance(scope.node, Class):
            return ()
        found: list[Scope | str] = []
        for base in scope.node.bases:
            if not base.keyword and not base.star:
                found.extend(self._base(base.value, Frame(scope.parent or scope)))
        return tuple(found)

    def _base(self, node: Expression, frame: Frame) -> Iterator[Scope | str]:
        if isinstance(node, Subscript):
            node = node.value
        if isinstance(node, Call) and node.args:
            for argument in node.args:
                yield from self._base(argument.value, frame)
            return
        for value in self._evaluator.values(node, frame):
            if isinstance(value, ClassObject):
                yield value.scope
            elif isinstance(value, ExternalObject):
                yield value.name

    def line(self, scope: Scope) -> tuple[Scope | str, ...]:
        """`scope` and all its base classes, nearest first, each once."""
        if scope not in self._lines:
            self._lines[scope] = (scope,)
            found: dict[Scope | str, None] = {scope: None}
            for base in self.bases(scope):
                found[base] = None
                if isinstance(base, Scope):
                    found.update(dict.fromkeys(self.line(base)))
            self._lines[scope] = tuple(found)
        return self._lines[scope]

    def names(self, scope: Scope) -> tuple[str, ...]:
        """The dotted names of all base classes, nearest first, without the class itself."""
        return tuple(base.dotted if isinstance(base, Scope) else base for base in self.line(scope)[1:])

    def is_enum(self, scope: Scope) -> bool:
        return any(base in ENUM_BASES for base in self.line(scope) if isinstance(base, str))

    def derives(self, scope: Scope, other: Scope) -> bool:
        return other in self.line(scope)

    def method(self, scope: Scope, name: str) -> Scope | None:
        """The method `name` that an instance of `scope` has."""
        for base in self.line(scope):
            method = base.method(name) if isinstance(base, Scope) else None
            if method is not None:
                return method
        return None
