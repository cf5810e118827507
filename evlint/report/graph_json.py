"""The event flow for programs to read: the document `evlint.graph/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.model.program import Confidence, EventKind, EventType, Program, Publication, Subscription
from evlint.report.context import Context
from evlint.report.document import Document, Files, encode, files


class ServiceRecord(msgspec.Struct, frozen=True):
    """A deployable unit."""

    id: str
    path: str


class FieldRecord(msgspec.Struct, frozen=True):
    """A field of an event; `type` is its annotation as written."""

    name: str
    type: str
    required: bool


class EventRecord(msgspec.Struct, frozen=True):
    """A kind of event; one that is defined outside the program has an empty path, and line 0."""

    id: str
    name: str
    kind: EventKind
    path: str
    line: int
    column: int
    aliases: tuple[str, ...]
    fields: tuple[FieldRecord, ...]
    dialect: str


class PublicationRecord(msgspec.Struct, frozen=True):
    """A place that sends an event."""

    event: str
    path: str
    line: int
    column: int
    scope: str
    call: str
    channel: str | None
    service: str
    confidence: Confidence
    dialect: str


class SubscriptionRecord(msgspec.Struct, frozen=True):
    """One pair of an event and a handler."""

    event: str
    path: str
    line: int
    column: int
    handler: str
    handler_path: str
    handler_line: int
    channel: str | None
    service: str
    confidence: Confidence
    dialect: str


class UnresolvedRecord(msgspec.Struct, frozen=True):
    """A publication or subscription whose event could not be named."""

    path: str
    line: int
    reason: str


class GraphDocument(Document, frozen=True, kw_only=True):
    """What `evlint graph --format json` prints."""

    schema: Literal["evlint.graph/1"]
    services: tuple[ServiceRecord, ...]
    events: tuple[EventRecord, ...]
    publications: tuple[PublicationRecord, ...]
    subscriptions: tuple[SubscriptionRecord, ...]
    unresolved: tuple[UnresolvedRecord, ...]
    files: Files


def render(program: Program, context: Context) -> str:
    """Render the document; its keys are a promise to users."""
    return encode(
        GraphDocument(
            schema="evlint.graph/1",
            version=context.version,
            services=tuple(ServiceRecord(service.id, service.path) for service in program.services),
            events=tuple(_event(event) for event in program.events),
            publications=tuple(_publication(publication) for publication in program.publications),
            subscriptions=tuple(_subscription(subscription) for subscription in program.subscriptions),
            unresolved=tuple(
                UnresolvedRecord(site.location.path, site.location.line, site.reason) for site in program.unresolved
            ),
            files=files(program.analysed, program.skipped),
        )
    )


def _event(event: EventType) -> EventRecord:
    place = event.location
    return EventRecord(
        id=event.id,
        name=event.name,
        kind=event.kind,
        # An event that is defined outside the program has no place in it.
        path=place.path if place else "",
        line=place.line if place else 0,
        column=place.column if place else 0,
        aliases=event.aliases,
        fields=tuple(FieldRecord(field.name, field.type, field.required) for field in event.fields),
        dialect=event.dialect,
    )


def _publication(publication: Publication) -> PublicationRecord:
    return PublicationRecord(
        event=publication.event,
        path=publication.location.path,
        line=publication.location.line,
        column=publication.location.column,
        scope=publication.location.symbol,
        call=publication.call,
        channel=publication.channel,
        service=publication.service,
        confidence=publication.confidence,
        dialect=publication.dialect,
    )


def _subscription(subscription: Subscription) -> SubscriptionRecord:
    return SubscriptionRecord(
        event=subscription.event,
        path=subscription.location.path,
        line=subscription.location.line,
        column=subscription.location.column,
        handler=subscription.handler,
        handler_path=subscription.handler_path,
        handler_line=subscription.handler_line,
        channel=subscription.channel,
        service=subscription.service,
        confidence=subscription.confidence,
        dialect=subscription.dialect,
    )
