"""What a service sends and receives, as an AsyncAPI 3 document for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from evlint.docs.catalogue import Catalogue, EventEntry, HandlerEntry, PublisherEntry, ServiceEntry, TypeEntry
from evlint.docs.links import Links
from evlint.docs.schemas import MARK, Schemas

VERSION = "3.0.0"
Json = dict[str, Any]
_KEY = re.compile(r"[^A-Za-z0-9_.-]+")


def render(catalogue: Catalogue, links: Links) -> dict[str, str]:
    """A document for each service, by its path below the folder of the documentation."""
    events = {event.id: event for event in catalogue.events}
    schemas = Schemas(catalogue, "#/components/schemas/")
    return {
        f"asyncapi/{service.slug}.json": json.dumps(_Document(service, events, schemas).json(), indent=2) + "\n"
        for service in catalogue.services
    }


class _Document:
    def __init__(self, service: ServiceEntry, events: dict[str, EventEntry], schemas: Schemas) -> None:
        self._service = service
        self._events = events
        self._schemas = schemas
        self._held: dict[str, TypeEntry] = {}

    def json(self) -> Json:
        service = self._service
        touched = [self._events[name] for name in dict.fromkeys((*service.publishes, *service.handles))]
        messages = {_key(event): self._message(event) for event in touched}
        return {
            "asyncapi": VERSION,
            "info": {"title": service.label, "version": "0", "description": MARK},
            "channels": {_key(event): self._channel(event) for event in touched},
            "operations": dict(self._operations()),
            "components": {"messages": messages, "schemas": self._schemas.types(self._held)},
        }

    def _channel(self, event: EventEntry) -> Json:
        address, parameters = _address(event)
        channel: Json = {
            "address": address,
            "messages": {_key(event): {"$ref": f"#/components/messages/{_key(event)}"}},
        }
        if parameters:
            channel["parameters"] = {name: {"description": "Known only when the program runs."} for name in parameters}
        return channel

    def _message(self, event: EventEntry) -> Json:
        message: Json = {"name": event.name, "title": event.name}
        if event.statement:
            message["summary"] = event.statement
        fields = {field.name for field in event.fields}
        trace = next((name for name in event.traces if name in fields), None)
        if trace is not None:
            message["correlationId"] = {"location": f"$message.payload#/{trace}"}
        if event.fields or event.keys:
            message["payload"] = self._schemas.payload(event, self._held)
        if event.transports:
            message["tags"] = [{"name": name} for name in event.transports]
        return message

    def _operations(self) -> Iterator[tuple[str, Json]]:
        for action, names in (("send", self._service.publishes), ("receive", self._service.handles)):
            for name in names:
                event = self._events[name]
                sites = event.publishers if action == "send" else event.handlers
                yield f"{action}-{_key(event)}", self._operation(action, event, sites)

    def _operation(self, action: str, event: EventEntry, sites: Iterable[PublisherEntry | HandlerEntry]) -> Json:
        channel = f"#/channels/{_key(event)}"
        own = sorted({item.function for item in sites if item.service == self._service.id})
        return {
            "action": action,
            "channel": {"$ref": channel},
            "messages": [{"$ref": f"{channel}/messages/{_key(event)}"}],
            "summary": f"{'Sent' if action == 'send' else 'Handled'} by {', '.join(own)}.",
        }


def _address(event: EventEntry) -> tuple[str, list[str]]:
    """Where the event travels, with parameters for what is only known when the program runs."""
    written = next((item.channel for item in event.publishers if item.channel), "")
    address = written or (event.name if event.kind == "topic" else next(iter(event.aliases), event.name))
    parts = address.split("{}")
    names = [f"part{number}" for number in range(1, len(parts))]
    # Braces that stand for themselves would be taken for parameters.
    plain = [part.replace("{", "(").replace("}", ")") for part in parts]
    spelled = plain[0] + "".join(f"{{{name}}}{part}" for name, part in zip(names, plain[1:], strict=True))
    return re.sub(r"[\s?#]", "_", spelled), names


def _key(event: EventEntry) -> str:
    return _KEY.sub("-", event.slug)
