"""Compile the catalogue from the flow, the schema lock and the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from evlint.docs.catalogue import (
    Catalogue,
    EventEntry,
    FieldEntry,
    FindingEntry,
    GapEntry,
    HandlerEntry,
    OnwardEntry,
    Place,
    PublisherEntry,
    ServiceEntry,
    TypeEntry,
    VersionEntry,
)
from evlint.docs.slugs import slugs
from evlint.evidence import COMMITS, guards, traces
from evlint.flow import Flow
from evlint.loose_ends import End, loose_ends
from evlint.model.contract import Lock
from evlint.model.finding import Finding
from evlint.model.program import EventType, Field, Program, Publication, Subscription
from evlint.model.source import Location
from evlint.schema.compare import compare
from evlint.schema.contracts import default_of, name_of
from evlint.words.correlation import tells
from evlint.words.paths import is_test
from evlint.words.sensitive import classify

MODULE = "(module)"
# Folders that say nothing about the service in them, and packages that say nothing about the one they are in.
HOLDERS = frozenset({"services", "apps", "packages", "src", "backend", "projects", "custom_components"})
INNER = frozenset({"app", "src"})


def compile_catalogue(program: Program, findings: Sequence[Finding] = ()) -> Catalogue:
    """The catalogue of a program without what only its tests publish or handle."""
    program = _shipped(program)
    return _Compiler(Flow.of(program)).catalogue(findings)


def _shipped(program: Program) -> Program:
    publications = tuple(item for item in program.publications if not is_test(item.location.path))
    subscriptions = tuple(item for item in program.subscriptions if not is_test(item.handler_path))
    used = {item.event for item in publications} | {item.event for item in subscriptions}
    return msgspec.structs.replace(
        program,
        publications=publications,
        subscriptions=subscriptions,
        events=tuple(
            event
            for event in program.events
            if event.id in used or (event.location is not None and not is_test(event.location.path))
        ),
        unresolved=tuple(item for item in program.unresolved if not is_test(item.location.path)),
    )


class _Compiler:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._program = flow.program
        self._reactions: dict[str, dict[str, set[OnwardEntry]]] = {}
        for event in self._program.events:
            for subscription, publication in flow.reactions(event.id):
                onward = self._reactions.setdefault(event.id, {}).setdefault(subscription.function, set())
                onward.add(OnwardEntry(publication.event, publication.service, publication.location.symbol or MODULE))

    def catalogue(self, findings: Sequence[Finding]) -> Catalogue:
        program = self._program
        names = slugs({event.id: event.name for event in sorted(program.events, key=lambda item: (item.name, item.id))})
        lacking = loose_ends(self._flow)
        # A base class that only lends its fields is no event of the flow.
        shown = [event for event in program.events if not (event.has_subclasses and lacking[event.id] == "unused")]
        events = tuple(
            self._event(event, names[event.id], lacking)
            for event in sorted(shown, key=lambda item: (item.name, item.id))
        )
        return Catalogue(
            events=events,
            services=tuple(_services(program, events)),
            types=tuple(
                TypeEntry(item.id, item.name, item.kind, _fields(item.fields, item.name), item.values)
                for item in program.types
            ),
            findings=tuple(_finding(item, events) for item in findings),
            unresolved=tuple(GapEntry(item.role, item.reason, _place(item.location)) for item in program.unresolved),
            skipped=tuple((file.path, file.reason) for file in program.skipped),
        )

    def _event(self, event: EventType, slug: str, lacking: Mapping[str, End]) -> EventEntry:
        published = self._flow.publications_of(event.id)
        handled = self._flow.subscriptions_to(event.id)
        fields = _fields(event.fields, event.name)
        keys = {key for item in published if item.payload is not None for key in item.payload.keys}
        return EventEntry(
            id=event.id,
            slug=slug,
            name=event.name,
            kind=event.kind,
            place=_place(event.location) if event.location is not None else None,
            docstring=event.docstring,
            aliases=event.aliases,
            transports=tuple(sorted({item.transport for item in published} | {item.transport for item in handled})),
            version=event.version,
            is_command=event.is_command,
            is_external=event.external,
            is_frozen={"frozen": True, "mutable": False}.get(event.mutability),
            owners=tuple(sorted({item.service for item in published})),
            fields=fields,
            keys=tuple(sorted(keys - {field.name for field in fields})),
            types=tuple(sorted({name for field in event.fields for name in field.types if self._flow.type(name)})),
            publishers=tuple(sorted({_publisher(item) for item in published}, key=_publisher_order)),
            handlers=tuple(sorted({self._handler(event, item) for item in handled}, key=_handler_order)),
            history=_history(self._program.lock, name_of(event)),
            traces=tuple(sorted(set(traces(event, published)))),
            lacks=lacking[event.id],
        )

    def _handler(self, event: EventType, item: Subscription) -> HandlerEntry:
        return HandlerEntry(
            service=item.service,
            function=item.handler,
            place=Place(item.handler_path, item.handler_line),
            registered=_place(item.location),
            transport=item.transport,
            confidence=item.confidence,
            guards=guards(self._flow, item.function),
            reads=tuple(sorted({read.name for read in item.reads})),
            onward=tuple(sorted(self._reactions.get(event.id, {}).get(item.function, ()))),
            pattern=self._flow.event(item.event).name if item.event != event.id else "",
        )


def _fields(fields: Iterable[Field], owner: str) -> tuple[FieldEntry, ...]:
    return tuple(
        FieldEntry(
            name=field.name,
            type=field.type,
            required=field.required,
            default=default_of(field) or "",
            description=field.description,
            note=_note(field, owner),
        )
        for field in fields
    )


def _note(field: Field, owner: str) -> str:
    found = classify(field.name, field.types, owner)
    if found is not None:
        return "secret" if found.is_secret else f"personal data: {found.category}"
    return {"correlation": "traces the action", "identity": "identifies the event"}.get(tells(field.name), "")


def _publisher(item: Publication) -> PublisherEntry:
    return PublisherEntry(
        service=item.service,
        function=item.location.symbol or MODULE,
        place=_place(item.location),
        call=item.call,
        transport=item.transport,
        confidence=item.confidence,
        channel=item.channel or "",
        commit=COMMITS[item.transaction],
    )


def _publisher_order(entry: PublisherEntry) -> tuple[object, ...]:
    return entry.service, entry.function, entry.place, entry.channel


def _handler_order(entry: HandlerEntry) -> tuple[object, ...]:
    return entry.service, entry.function, entry.place, entry.registered, entry.pattern


def _history(lock: Lock | None, event: str) -> tuple[VersionEntry, ...]:
    versions = lock.of(event) if lock is not None else ()
    if not versions:
        return ()
    found = [VersionEntry(versions[0].version)]
    for old, new in pairwise(versions):
        found.append(VersionEntry(new.version, tuple(change.text for change in compare(old, new))))
    return tuple(found)


def _services(program: Program, events: Sequence[EventEntry]) -> Iterator[ServiceEntry]:
    named = sorted(
        {entry.service for event in events for entry in event.publishers}
        | {entry.service for event in events for entry in event.handlers}
    )
    paths = {service.id: service.path for service in program.services}
    labels = _labels(named)
    names = slugs({name: labels[name].strip("()") for name in named})
    publishes: dict[str, set[str]] = {name: set() for name in named}
    handles: dict[str, set[str]] = {name: set() for name in named}
    upstream: dict[str, set[str]] = {name: set() for name in named}
    downstream: dict[str, set[str]] = {name: set() for name in named}
    for event in events:
        takers = {handler.service for handler in event.handlers}
        for sender in {publisher.service for publisher in event.publishers}:
            publishes[sender].add(event.id)
            downstream[sender] |= takers - {sender}
            for taker in takers - {sender}:
                upstream[taker].add(sender)
        for taker in takers:
            handles[taker].add(event.id)
    order = {event.id: number for number, event in enumerate(events)}
    for name in named:
        yield ServiceEntry(
            id=name,
            label=labels[name],
            slug=names[name],
            path=paths.get(name, ""),
            publishes=tuple(sorted(publishes[name], key=order.__getitem__)),
            handles=tuple(sorted(handles[name], key=order.__getitem__)),
            upstream=tuple(sorted(upstream[name])),
            downstream=tuple(sorted(downstream[name])),
        )


def _labels(names: Sequence[str]) -> dict[str, str]:
    """The names of services without the folders that only hold them, where that leaves each its own."""
    short = {name: _short(name) for name in names}
    counts = Counter(short.values())
    return {name: label if counts[label] == 1 else name for name, label in short.items()}


def _short(name: str) -> str:
    if name in ("", "."):
        return "(root)"
    parts = name.split(".")
    while len(parts) > 1 and parts[0] in HOLDERS:
        parts.pop(0)
    while len(parts) > 1 and parts[-1] in INNER:
        parts.pop()
    return ".".join(parts)


def _finding(item: Finding, events: Sequence[EventEntry]) -> FindingEntry:
    named = [event.id for event in events if event.name == item.event]
    return FindingEntry(
        item.code, item.name, item.severity, item.message, _place(item.location), named[0] if len(named) == 1 else ""
    )


def _place(location: Location) -> Place:
    return Place(location.path, location.line)
