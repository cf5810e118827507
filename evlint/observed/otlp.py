"""Read the messaging spans of OpenTelemetry, as its exporters and collectors write them to a file as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from evlint.observed.observation import Observation, Place

# The conventions are not stable: an attribute goes by its present name, or by earlier ones.
OPERATION = ("messaging.operation.type", "messaging.operation")
EVENT = ("messaging.message.type", "messaging.destination.name", "messaging.destination")
PATH = ("code.file.path", "code.filepath")
LINE = ("code.line.number", "code.lineno")
FUNCTION = ("code.function.name", "code.function")

Moment = Literal["published", "delivered"]
OPERATIONS: Mapping[str, Moment] = {
    "send": "published",
    "publish": "published",
    "create": "published",
    "process": "delivered",
    "deliver": "delivered",
}
KINDS: Mapping[int | str, Moment] = {
    4: "published",
    "SPAN_KIND_PRODUCER": "published",
    5: "delivered",
    "SPAN_KIND_CONSUMER": "delivered",
}


class Value(msgspec.Struct, frozen=True, rename="camel"):
    string_value: str | None = None
    int_value: int | str | None = None


class Attribute(msgspec.Struct, frozen=True):
    key: str
    value: Value = Value()


class Span(msgspec.Struct, frozen=True):
    kind: int | str = 0
    attributes: tuple[Attribute, ...] = ()


class ScopeSpans(msgspec.Struct, frozen=True):
    spans: tuple[Span, ...] = ()


class ResourceSpans(msgspec.Struct, frozen=True, rename="camel"):
    scope_spans: tuple[ScopeSpans, ...] = ()


class Export(msgspec.Struct, frozen=True, rename="camel"):
    """A request of the protocol, as far as it concerns messages."""

    resource_spans: tuple[ResourceSpans, ...]


def observations(document: Mapping[str, Any]) -> Iterator[Observation]:
    """Yield what the spans of messages tell; those of other things, and of mere receiving, are passed over.

    Raises:
        msgspec.ValidationError: it is no such document.
    """
    export = msgspec.convert(document, Export)
    for resource in export.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                if (found := _observation(span)) is not None:
                    yield found


def _observation(span: Span) -> Observation | None:
    known = {item.key: str(item.value.string_value or item.value.int_value or "") for item in span.attributes}
    event, operation = _first(known, EVENT), _first(known, OPERATION)
    if not event:
        return None
    at = OPERATIONS.get(operation) if operation else KINDS.get(span.kind)
    if at is None:
        return None
    path, line = _first(known, PATH), _first(known, LINE)
    places = (Place(path, int(line) if line.isdecimal() else 0, _first(known, FUNCTION)),) if path else ()
    return Observation(at, event, places=places)


def _first(known: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((known[name] for name in names if known.get(name)), "")
