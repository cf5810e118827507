"""The catalogue as the page's script reads it: entries by number, and each function once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from evlint.docs.catalogue import (
    Catalogue,
    EventEntry,
    FindingEntry,
    HandlerEntry,
    OnwardEntry,
    Place,
    PublisherEntry,
)
from evlint.docs.links import Links


class Spot(msgspec.Struct, frozen=True):
    """A line of the code, `path#L12`, and its address where there is one."""

    source: str
    address: str = ""


class ServiceData(msgspec.Struct, frozen=True):
    """A service; `upstream` and `downstream` are numbers of services."""

    label: str
    slug: str
    path: str
    upstream: tuple[int, ...]
    downstream: tuple[int, ...]


class FunctionData(msgspec.Struct, frozen=True):
    """A function that publishes or handles."""

    name: str
    service: int
    spot: Spot


class SiteData(msgspec.Struct, frozen=True):
    """A function's part in an event's life. `findings` are numbers of findings.

    `onward` holds a pair for each event that it publishes in turn: the event's number, and that of the function that
    does it.
    """

    function: int
    spot: Spot
    likely: bool
    notes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    onward: tuple[tuple[int, int], ...] = ()
    findings: tuple[int, ...] = ()


class FieldData(msgspec.Struct, frozen=True):
    name: str
    type: str
    required: bool
    default: str
    description: str
    note: str


class EventData(msgspec.Struct, frozen=True):
    """An event with all that the page tells of it."""

    name: str
    slug: str
    kind: str
    paragraphs: tuple[str, ...]
    aliases: tuple[str, ...]
    version: str
    transports: tuple[str, ...]
    traces: tuple[str, ...]
    lacks: str
    spot: Spot | None
    fields: tuple[FieldData, ...]
    keys: tuple[str, ...]
    publishers: tuple[SiteData, ...]
    handlers: tuple[SiteData, ...]
    history: tuple[tuple[str, str], ...]
    findings: tuple[int, ...]


class FindingData(msgspec.Struct, frozen=True):
    code: str
    name: str
    severity: str
    message: str
    spot: Spot


class PageData(msgspec.Struct, frozen=True):
    """All that the page shows."""

    services: tuple[ServiceData, ...]
    functions: tuple[FunctionData, ...]
    events: tuple[EventData, ...]
    findings: tuple[FindingData, ...]
    unresolved: tuple[tuple[str, str, Spot], ...]


def page_data(catalogue: Catalogue, links: Links) -> PageData:
    """Number what the catalogue holds."""
    return _Numbering(catalogue, links).data()


class _Numbering:
    def __init__(self, catalogue: Catalogue, links: Links) -> None:
        self._catalogue = catalogue
        self._links = links
        self._services = {service.id: number for number, service in enumerate(catalogue.services)}
        self._events = {event.id: number for number, event in enumerate(catalogue.events)}
        self._functions: dict[tuple[str, str, str], int] = {}
        self._function_data: list[FunctionData] = []
        self._found: dict[Place, list[int]] = {}
        self._about: dict[str, list[int]] = {}
        self._publishers: dict[OnwardEntry, list[PublisherEntry]] = {}
        for event in catalogue.events:
            for publisher in event.publishers:
                key = OnwardEntry(event.id, publisher.service, publisher.function)
                self._publishers.setdefault(key, []).append(publisher)
        for number, finding in enumerate(catalogue.findings):
            self._found.setdefault(finding.place, []).append(number)
            self._about.setdefault(finding.event, []).append(number)

    def data(self) -> PageData:
        catalogue = self._catalogue
        events = tuple(map(self._event, catalogue.events))
        return PageData(
            services=tuple(
                ServiceData(
                    service.label,
                    service.slug,
                    service.path,
                    tuple(self._services[name] for name in service.upstream),
                    tuple(self._services[name] for name in service.downstream),
                )
                for service in catalogue.services
            ),
            functions=tuple(self._function_data),
            events=events,
            findings=tuple(map(self._finding, catalogue.findings)),
            unresolved=tuple((gap.role, gap.reason, self._spot(gap.place)) for gap in catalogue.unresolved),
        )

    def _event(self, event: EventEntry) -> EventData:
        return EventData(
            name=event.name,
            slug=event.slug,
            kind="command" if event.is_command else event.kind,
            paragraphs=event.paragraphs,
            aliases=event.aliases,
            version=event.version or "",
            transports=event.transports,
            traces=event.traces,
            lacks=event.lacks,
            spot=self._spot(event.place) if event.place is not None else None,
            fields=tuple(
                FieldData(field.name, field.type, field.required, field.default, field.description, field.note)
                for field in event.fields
            ),
            keys=event.keys,
            publishers=tuple(map(self._publisher, event.publishers)),
            handlers=tuple(map(self._handler, event.handlers)),
            history=tuple((entry.version, "; ".join(entry.changes)) for entry in event.history),
            findings=tuple(self._about.get(event.id, ())),
        )

    def _publisher(self, item: PublisherEntry) -> SiteData:
        return SiteData(
            function=self._function(item, item.place),
            spot=self._spot(item.place),
            likely=item.confidence == "likely",
            notes=tuple(filter(None, (item.call, f"on {item.channel}" if item.channel else "", item.commit))),
            findings=self._findings_at(item.place),
        )

    def _handler(self, item: HandlerEntry) -> SiteData:
        listens = (f"listens to {item.pattern}",) if item.pattern else ()
        return SiteData(
            function=self._function(item, item.place),
            spot=self._spot(item.place),
            likely=item.confidence == "likely",
            notes=(*item.guards, *listens),
            reads=item.reads,
            onward=tuple(dict.fromkeys(self._onward(item))),
            findings=self._findings_at(item.place, item.registered),
        )

    def _onward(self, handler: HandlerEntry) -> Iterator[tuple[int, int]]:
        for item in handler.onward:
            for publisher in self._publishers.get(item, ()):
                yield self._events[item.event], self._function(publisher, publisher.place)

    def _findings_at(self, *places: Place) -> tuple[int, ...]:
        return tuple(sorted({number for place in places for number in self._found.get(place, ())}))

    def _function(self, item: PublisherEntry | HandlerEntry, place: Place) -> int:
        key = item.service, place.path, item.function
        if key not in self._functions:
            self._functions[key] = len(self._functions)
            self._function_data.append(FunctionData(item.function, self._services[item.service], self._spot(place)))
        return self._functions[key]

    def _finding(self, finding: FindingEntry) -> FindingData:
        spot = self._spot(finding.place)
        return FindingData(finding.code, finding.name, finding.severity, finding.message, spot)

    def _spot(self, place: Place) -> Spot:
        address = self._links.source(place) if self._links.template else ""
        return Spot(f"{place.path}#L{place.line}", address)
