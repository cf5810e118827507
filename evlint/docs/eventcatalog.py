"""The catalogue as folders that EventCatalog shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from evlint.docs.catalogue import Catalogue, EventEntry, HandlerEntry, PublisherEntry, ServiceEntry
from evlint.docs.links import Links
from evlint.docs.schemas import MARK, Schemas
from evlint.report.markdown import code, count, text

FOLDER = "eventcatalog"
# What states no version is shown as the first.
UNVERSIONED = "0.0.1"


def render(catalogue: Catalogue, links: Links) -> dict[str, str]:
    """The folders `services`, `events` and `commands`, by path below the folder of the documentation."""
    events = {event.id: event for event in catalogue.events}
    schemas = Schemas(catalogue)
    documents: dict[str, str] = {}
    for event in catalogue.events:
        folder = f"{FOLDER}/{'commands' if event.is_command else 'events'}/{event.slug}"
        has_schema = bool(event.fields or event.keys)
        documents[f"{folder}/index.mdx"] = _event(event, has_schema=has_schema)
        if has_schema:
            documents[f"{folder}/schema.json"] = json.dumps(schemas.document(event), indent=2) + "\n"
    for service in catalogue.services:
        documents[f"{FOLDER}/services/{service.slug}/index.mdx"] = _service(service, events)
    return documents


def _event(event: EventEntry, *, has_schema: bool) -> str:
    head = {"id": event.slug, "name": event.name, "version": _version(event)}
    head["summary"] = event.statement or _role(event)
    if has_schema:
        head["schemaPath"] = "schema.json"
    lines = [*(part for paragraph in event.paragraphs for part in (text(paragraph), "")), "<NodeGraph />", ""]
    lines += _sites("Published by", event.publishers)
    lines += _sites("Handled by", event.handlers)
    if has_schema:
        lines += ["## Schema", "", '<SchemaViewer file="schema.json" />', ""]
    return _page(head, lines)


def _service(service: ServiceEntry, events: dict[str, EventEntry]) -> str:
    head: dict[str, object] = {"id": service.slug, "name": service.label, "version": UNVERSIONED}
    head["summary"] = (
        f"Publishes {count(len(service.publishes), 'event')}, handles {count(len(service.handles), 'event')}."
    )
    for key, names in (("sends", service.publishes), ("receives", service.handles)):
        if names:
            head[key] = [{"id": events[name].slug, "version": _version(events[name])} for name in names]
    return _page(head, ["<NodeGraph />", ""])


def _sites(title: str, sites: Iterable[PublisherEntry | HandlerEntry]) -> list[str]:
    rows = sorted({f"- {code(item.function)} of {code(item.service)}" for item in sites})
    return [f"## {title}", "", *rows, ""] if rows else []


def _role(event: EventEntry) -> str:
    senders = sorted({item.service for item in event.publishers})
    takers = sorted({item.service for item in event.handlers})
    return f"Published by {', '.join(senders) or 'nobody here'}, handled by {', '.join(takers) or 'nobody here'}."


def _version(event: EventEntry) -> str:
    """The version as three numbers, which is how EventCatalog wants it."""
    found = re.fullmatch(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?", event.version or "")
    return ".".join(part or "0" for part in found.groups()) if found else UNVERSIONED


def _page(head: dict[str, object] | dict[str, str], lines: Iterable[str]) -> str:
    # JSON is YAML, and leaves nothing to guess.
    front = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    return "\n".join(["---", f"# {MARK}", *front, "---", "", *lines])
