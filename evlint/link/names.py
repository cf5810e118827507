"""Look names up in scopes, through star imports where need be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evlint.link.scopes import Binding, Module, Scope

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator


def lookup(evaluator: Evaluator, scope: Scope, name: str) -> tuple[Scope | None, list[Binding]]:
    """The scope that `name` belongs to as seen from `scope`, and its bindings there."""
    current: Scope | None = scope
    while current is not None:
        if current.kind != "class" or current is scope:
            bindings = current.bindings.get(name)
            if bindings:
                return current, bindings
        current = current.parent
    return from_stars(evaluator, scope.module, name, set())


def in_module(evaluator: Evaluator, module: Module, name: str) -> tuple[Scope | None, list[Binding]]:
    """The module-level bindings of `name` in `module`, or in what it star-imports."""
    bindings = module.scope.bindings.get(name)
    return (module.scope, bindings) if bindings else from_stars(evaluator, module, name, set())


def from_stars(evaluator: Evaluator, module: Module, name: str, seen: set[str]) -> tuple[Scope | None, list[Binding]]:
    """The bindings of `name` in the modules that `module` star-imports; the last import wins."""
    if name.startswith("_") or module.path in seen:
        return None, []
    seen.add(module.path)
    for star in reversed(module.stars):
        path = evaluator.index.find(module.path, star.module, star.level)
        other = evaluator.index.module(path) if path else None
        if other is None or other.path in seen:
            continue
        bindings = other.scope.bindings.get(name)
        if bindings:
            return other.scope, bindings
        scope, bindings = from_stars(evaluator, other, name, seen)
        if scope is not None:
            return scope, bindings
    return None, []
