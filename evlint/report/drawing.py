"""The event flow as boxes and arrows, which Mermaid and DOT spell each in its way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from evlint.flow import Flow
from evlint.model.program import Program, Publication, Subscription

MODULE = "(module)"

Mark = Literal["", "added", "removed"]


class Box(msgspec.Struct, frozen=True, order=True):
    """A function or an event; `id` is made of letters, digits and underscores, and stays when others come and go."""

    id: str
    label: str
    mark: Mark = ""


class Group(msgspec.Struct, frozen=True):
    """A service and its functions."""

    id: str
    label: str
    functions: tuple[Box, ...]


class Arrow(msgspec.Struct, frozen=True, order=True):
    """From a function to the event that it publishes, or from an event to its handler."""

    start: str
    end: str
    likely: bool = False
    label: str = ""
    mark: Mark = ""


class Drawing(msgspec.Struct, frozen=True):
    """Boxes and arrows, sorted; `services` are drawn as one box each instead of as a group of functions."""

    groups: tuple[Group, ...]
    events: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    services: tuple[Box, ...] = ()


def draw(program: Program) -> Drawing:
    """Lay out `program`; an event also leads to the handlers that take it by a base class or a pattern."""
    flow = Flow.of(program)
    sites: list[Publication | Subscription] = [*program.subscriptions, *program.publications]
    services = {_function(site): site.service for site in sites}
    functions = identifiers("function", [f"{path}:{symbol}" for path, symbol in services])
    boxes = {site: functions[f"{site[0]}:{site[1]}"] for site in services}
    events = identifiers("event", [event.id for event in program.events])
    # An arrow is only likely where nothing surer stands for it.
    likely: dict[tuple[str, str], bool] = {}
    for site in program.publications:
        arrow = boxes[_function(site)], events[site.event]
        likely[arrow] = site.confidence == "likely" and likely.get(arrow, True)
    for event in program.events:
        for taken in flow.subscriptions_to(event.id):
            arrow = events[event.id], boxes[_function(taken)]
            likely[arrow] = taken.confidence == "likely" and likely.get(arrow, True)
    names = sorted(set(services.values()))
    groups = identifiers("service", names)
    return Drawing(
        groups=tuple(
            Group(
                groups[name],
                name,
                tuple(sorted(Box(boxes[site], site[1]) for site, service in services.items() if service == name)),
            )
            for name in names
        ),
        events=tuple(sorted(Box(events[event.id], event.name) for event in program.events)),
        arrows=tuple(sorted(Arrow(*arrow, unsure) for arrow, unsure in likely.items())),
    )


def _function(site: Publication | Subscription) -> tuple[str, str]:
    if isinstance(site, Subscription):
        return site.handler_path, site.handler
    return site.location.path, site.location.symbol or MODULE


def identifiers(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """Map names to identifiers; names that come out alike are numbered."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        plain = f"{prefix}_{re.sub('[^A-Za-z0-9]+', '_', name).strip('_')}"
        identifier, number = plain, 2
        while identifier in taken:
            identifier, number = f"{plain}_{number}", number + 1
        taken.add(identifier)
        found[name] = identifier
    return found
