"""The event flow for programs to read: the document `evlint.graph/1`."""

from __future__ import annotations

from evlint.model.program import EventType, Program, Publication, Subscription
from evlint.report.context import Context
from evlint.report.document import Value, document, files


def render(program: Program, context: Context) -> str:
    """Render the document; its keys are a promise to users."""
    return document(
        "evlint.graph/1",
        context.version,
        {
            "services": [{"id": service.id, "path": service.path} for service in program.services],
            "events": [_event(event) for event in program.events],
            "publications": [_publication(publication) for publication in program.publications],
            "subscriptions": [_subscription(subscription) for subscription in program.subscriptions],
            "unresolved": [
                {"path": site.location.path, "line": site.location.line, "reason": site.reason}
                for site in program.unresolved
            ],
            "files": files(program.analysed, program.skipped),
        },
    )


def _event(event: EventType) -> dict[str, Value]:
    place = event.location
    return {
        "id": event.id,
        "name": event.name,
        "kind": event.kind,
        # An event that is defined outside the program has no place in it.
        "path": place.path if place else "",
        "line": place.line if place else 0,
        "column": place.column if place else 0,
        "aliases": event.aliases,
        "fields": [{"name": field.name, "type": field.type, "required": field.required} for field in event.fields],
        "dialect": event.dialect,
    }


def _publication(publication: Publication) -> dict[str, Value]:
    return {
        "event": publication.event,
        "path": publication.location.path,
        "line": publication.location.line,
        "column": publication.location.column,
        "scope": publication.location.symbol,
        "call": publication.call,
        "channel": publication.channel,
        "service": publication.service,
        "confidence": publication.confidence,
        "dialect": publication.dialect,
    }


def _subscription(subscription: Subscription) -> dict[str, Value]:
    return {
        "event": subscription.event,
        "path": subscription.location.path,
        "line": subscription.location.line,
        "column": subscription.location.column,
        "handler": subscription.handler,
        "handler_path": subscription.handler_path,
        "handler_line": subscription.handler_line,
        "channel": subscription.channel,
        "service": subscription.service,
        "confidence": subscription.confidence,
        "dialect": subscription.dialect,
    }
