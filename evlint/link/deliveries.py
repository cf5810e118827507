"""Where the program itself takes deliveries: it runs handlers out of a table, or settles messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evlint.link import effects
from evlint.link.emissions import Emission, Gap
from evlint.link.homemade import OTHER_TABLES
from evlint.link.patterns import Patterns
from evlint.link.readings import Manner
from evlint.link.scopes import Scope, Site
from evlint.link.shapes import Bus
from evlint.link.sites import Sites
from evlint.link.stores import is_handlers
from evlint.link.walk import dotted, expressions, last_name
from evlint.model.facts import Attribute, Expression, Name

Table = tuple[Scope, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Taking:
    """A function that takes deliveries, and the call by which it gets them."""

    site: Site
    manner: Manner
    scope: Scope


def delivering(sites: Sites, buses: Sequence[Bus], subscriptions: Sequence[Emission]) -> dict[int, tuple[Scope, str]]:
    """The functions that run handlers taken from a bus or a table, by the call that does it, with its dialect."""
    found: dict[int, tuple[Scope, str]] = {}
    for bus in buses:
        if bus.keyed or bus.named:
            scopes = bus.owner.all_scopes() if bus.owner.kind == "class" else bus.owner.children
            for scope in scopes:
                found.update(dict.fromkeys(_runs(scope, None), (scope, f"shape:{bus.owner.dotted}")))
    for holder, name, dialect in _tables(subscriptions):
        for scope in sites.scopes:
            if _sees(scope, holder, name):
                found.update(dict.fromkeys(_runs(scope, name), (scope, dialect)))
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


def _tables(subscriptions: Sequence[Emission]) -> list[Table]:
    """The holder, name and dialect of each dict that pairs events with handlers."""
    found: dict[str, Table] = {}
    for item in subscriptions:
        dialect = item.manner.dialect
        if dialect.startswith("table:"):
            scope = item.site.scope
            found[dialect] = (scope.owner or scope, dialect.rpartition(".")[2], dialect)
    return list(found.values())


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


def _runs(scope: Scope, name: str | None) -> Iterator[int]:
    """The calls in `scope` of what was taken from the table `name`, or from anything named like a table."""
    taken: set[str] = set()
    for _ in range(3):
        for local, bindings in scope.bindings.items():
            values = [
                binding.value for binding in bindings if binding.kind != "parameter" and binding.value is not None
            ]
            if any(_is_from(value, name, taken) for value in values):
                taken.add(local)
    for site in scope.sites:
        called = site.call.func
        if isinstance(called, Name) and called.id in taken and site.call.args:
            yield id(site.call)


def _is_from(value: Expression, table: str | None, taken: set[str]) -> bool:
    for node in expressions(value):
        name = last_name(node)
        if isinstance(node, Name) and name in taken:
            return True
        named = isinstance(node, Name | Attribute) and not OTHER_TABLES.search(name)
        if named and (name == table if table is not None else is_handlers(name)):
            return True
    return False
