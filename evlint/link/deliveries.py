"""Where the program itself takes deliveries: it runs handlers out of a table, or settles messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evlint.link import effects
from evlint.link.emissions import Emission, Gap
from evlint.link.homemade import COMMANDS
from evlint.link.patterns import Patterns
from evlint.link.readings import Manner
from evlint.link.scopes import Scope, Site
from evlint.link.shapes import Bus
from evlint.link.sites import Sites
from evlint.link.stores import is_handlers
from evlint.link.walk import dotted, expressions, last_name
from evlint.model.facts import Attribute, Expression, Name

Table = tuple[Scope, str]


@dataclass(frozen=True, slots=True, eq=False)
class Taking:
    """A function that takes deliveries, and the call by which it gets them."""

    site: Site
    manner: Manner
    scope: Scope


def delivering(sites: Sites, buses: Sequence[Bus], subscriptions: Sequence[Emission]) -> dict[int, Scope]:
    """The functions that run handlers taken from a bus or a table, by the identity of the call that does it."""
    found: dict[int, Scope] = {}
    tables = _tables(subscriptions)
    owners = [bus.owner for bus in buses if bus.keyed or bus.named]
    for owner in owners:
        for scope in owner.all_scopes() if owner.kind == "class" else owner.children:
            found.update(_runs(scope, None))
    for scope in sites.scopes:
        names = {name for holder, name in tables if _sees(scope, holder, name)}
        if names:
            found.update(_runs(scope, names))
    return found


def unnamed(patterns: Patterns, gaps: Iterable[Gap]) -> Iterator[Taking]:
    """What takes deliveries whose event could not be named."""
    for _, manner, site in patterns.loops():
        if site.scope.kind == "function":
            yield Taking(site, manner, site.scope)
    for gap in gaps:
        for handler in gap.handlers:
            if handler.scope is not None:
                yield Taking(gap.site, gap.manner, handler.scope)


def settling(sites: Sites) -> Iterator[Scope]:
    """The functions that say to a broker what becomes of a delivery."""
    for name in ("basic_ack", "basic_nack", "basic_reject", "nack", "reject", "requeue"):
        for site in sites.calls(name):
            if effects.settlement(site.call, dotted(site.call.func), "", name) == "requeue":
                yield site.scope.function()


def _tables(subscriptions: Sequence[Emission]) -> set[Table]:
    """The holder and name of each dict that pairs events with handlers."""
    found: set[Table] = set()
    for item in subscriptions:
        if item.manner.dialect.startswith("table:"):
            name = item.manner.dialect.rpartition(".")[2]
            scope = item.site.scope
            found.add((scope.owner or scope, name))
    return found


def _sees(scope: Scope, holder: Scope, name: str) -> bool:
    if scope.kind != "function":
        return False
    if holder.kind == "class":
        return scope.owner is holder
    imported = any(
        binding.imported is not None and binding.imported.member == name
        for binding in scope.module.scope.bindings.get(name, ())
    )
    return scope.module is holder.module or imported


def _runs(scope: Scope, names: set[str] | None) -> Iterator[tuple[int, Scope]]:
    """The calls in `scope` of what was taken from the tables `names`, or from anything named like a table."""
    taken: set[str] = set()
    for _ in range(3):
        for name, bindings in scope.bindings.items():
            values = [
                binding.value for binding in bindings if binding.kind != "parameter" and binding.value is not None
            ]
            if any(_is_from(value, names, taken) for value in values):
                taken.add(name)
    for site in scope.sites:
        called = site.call.func
        if isinstance(called, Name) and called.id in taken and site.call.args:
            yield id(site.call), scope


def _is_from(value: Expression, names: set[str] | None, taken: set[str]) -> bool:
    for node in expressions(value):
        name = last_name(node)
        if isinstance(node, Name) and name in taken:
            return True
        named = isinstance(node, Name | Attribute) and not COMMANDS.search(name)
        if named and (name in names if names is not None else is_handlers(name)):
            return True
    return False
