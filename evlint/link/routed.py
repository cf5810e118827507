"""Publications and subscriptions of functions that look their handlers up by the event's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity, is_called_event, sounds_past
from evlint.link.readings import Handler, Manner, MethodEmitter, Reader
from evlint.link.routes import Route, Router, router
from evlint.link.scopes import Scope, Site
from evlint.link.shapes import PUBLISHING, Bus
from evlint.link.sites import Sites
from evlint.model.facts import Call

# What is told everybody; `handle` and `send` may as well be about one request.
TELLING = re.compile(r"_*(?:a|async_)?(?:publish|emit|dispatch|fire|notify|trigger|broadcast|announce|propagate)")


@dataclass(frozen=True, slots=True)
class RoutingBus:
    """A function that is a bus of its own."""

    function: Scope
    router: Router
    manner: Manner


def routing_buses(sites: Sites, proved: Iterable[Bus]) -> list[RoutingBus]:
    """The functions called like a publisher, not among those of `proved` buses, that route an event."""
    known = {method.function for bus in proved for method in bus.publishes}
    found: list[RoutingBus] = []
    for scope in sites.scopes:
        if scope.kind == "function" and PUBLISHING.match(scope.name) and scope not in known:
            routes = router(sites.evaluator, scope)
            if routes is not None and is_called_event(routes.source):
                found.append(RoutingBus(scope, routes, _manner(scope, routes)))
    return found


def _manner(function: Scope, routes: Router) -> Manner:
    place = (function.owner or function).dotted
    kind = "topic" if routes.field else "class"
    return Manner(
        kind,  # type: ignore[arg-type]
        place,
        "in-process",
        f"shape:{place}",
        "strong",
        function.is_async,
        named=False,
    )


def publishing(sites: Sites, buses: Iterable[RoutingBus]) -> Iterator[tuple[MethodEmitter, Site]]:
    """The calls of the routing functions."""
    for bus in buses:
        emitter = MethodEmitter(
            bus.function, bus.manner, sites.evaluator, bus.router.source, routed_by=bus.router.field
        )
        for caller in sites.callers(bus.function):
            yield emitter, caller.site


def subscribing(sites: Sites, buses: Iterable[RoutingBus]) -> Iterator[Emission]:
    """The handlers that the routing functions may look up."""
    for bus in buses:
        for route in bus.router.routes:
            for identity in _identities(sites.evaluator, bus, route):
                name = identity.topic.value if identity.topic is not None else ""
                if not name or TELLING.match(bus.function.name) or sounds_past(name):
                    handler = Handler(route.handler, route.handler.qualname, route.handler.span)
                    yield Emission(_site(bus, route), identity, bus.manner, None, (handler,))


def _identities(evaluator: Evaluator, bus: RoutingBus, route: Route) -> tuple[Identity, ...]:
    reader = Reader(evaluator, bus.manner)
    if route.text is not None:
        return reader.named([route.text]).identities
    return reader.read([(route.at, route.frame)], [(route.at, route.frame)], subscribing=True).identities


def _site(bus: RoutingBus, route: Route) -> Site:
    """A table entry stands where its key is; a method is its own registration."""
    scope = route.frame.scope if route.text is None else route.handler
    span = route.at.span if route.text is None else route.handler.span
    return Site(Call(route.at, (), span), scope, "passed")


__all__ = ["RoutingBus", "publishing", "routing_buses", "subscribing"]
