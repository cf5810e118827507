"""What a method of a base class does for the objects that are made of it and of what derives from it.

A consumer takes its topic from `super().__init__("orders")` or a class attribute, and leaves `handle` to its subclasses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evlint.link.scopes import Scope
from evlint.link.sites import Sites
from evlint.link.values import ClassObject, Frame
from evlint.model.facts import Attribute, Call, Evaluate, Literal, Name, Raise
from evlint.words.paths import is_test

OBJECTS = 32
DEPTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Concrete:
    """An object of the class `made`, as `frame` sees it that stands in a method of a base of it."""

    made: Scope
    frame: Frame


def objects(sites: Sites, scope: Scope) -> Iterator[Concrete]:
    """What `self` may be where `scope` uses it."""
    method = _method(scope)
    if method is None or method.owner is None or not method.parameters:
        return
    for made, call, outer in _made(sites, method.owner):
        yield Concrete(made, Frame(scope, method, {method.parameters[0].name: (call, outer)}))


def _made(sites: Sites, owner: Scope) -> Iterator[tuple[Scope, Call, Frame]]:
    """The classes of the objects with the calls that make them."""
    count = 0
    for made in (owner, *sites.family.concrete({owner})):
        calls = [site for site in sites.calls(made.name) if _makes(sites, site.call, Frame(site.scope), made)]
        shipped = [site for site in calls if not is_test(site.scope.module.path)]
        for site in shipped or calls:
            count += 1
            if count <= OBJECTS:
                yield made, site.call, Frame(site.scope)
        if not calls and made is not owner:
            yield made, Call(Name(made.name, made.span), (), made.span), Frame(made.parent or made)


def _makes(sites: Sites, call: Call, frame: Frame, made: Scope) -> bool:
    return any(value == ClassObject(made) for value in sites.evaluator.values(call.func, frame))


def handling(sites: Sites, function: Scope, made: Scope) -> Scope:
    """The method of `made` that `function`, of a base of it, leaves a delivery to; or `function` itself."""
    return _overridden(sites, function, made, 0) or function


def _overridden(sites: Sites, function: Scope, made: Scope, depth: int) -> Scope | None:
    method = _method(function)
    if method is None or method.owner is None or method.owner is made or depth > DEPTH:
        return None
    own = sites.evaluator.classes.method(made, method.name)
    if own is not None and own is not method and own.owner is not method.owner:
        return own
    for scope in method.all_scopes():
        for site in scope.sites:
            match site.call.func:
                case Attribute(value=Name(id=name), attr=attr) if name == method.parameters[0].name:
                    called = sites.evaluator.classes.method(method.owner, attr)
                    if called is not None and called is not method and site.call.args:
                        found = _overridden(sites, called, made, depth + 1)
                        if found is not None:
                            return found
    return None


def is_abstract(function: Scope) -> bool:
    """Whether a method does nothing but say that others do it."""
    return function.owner is not None and all(
        isinstance(item, Raise) or (isinstance(item, Evaluate) and isinstance(item.value, Literal))
        for item in function.body
    )


def base(scope: Scope) -> Scope | None:
    """The class in whose method `scope` stands."""
    method = _method(scope)
    return method.owner if method is not None else None


def _method(scope: Scope) -> Scope | None:
    inner: Scope | None = scope
    while inner is not None and inner.owner is None:
        inner = inner.parent
    return inner
