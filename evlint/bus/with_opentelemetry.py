"""Spans of OpenTelemetry for publications and deliveries; the second are linked to the first by the envelope.

Only the API is needed. Without an SDK nothing is recorded, and the trace context of the caller travels all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from evlint.bus.delivery import Claim
from evlint.bus.envelope import Envelope
from evlint.bus.errors import NotYet
from evlint.bus.places import Place, callers, place_of
from evlint.bus.subscription import Subscription

_context = TraceContextTextMapPropagator()


class Tracing:
    """An observer that makes a producer span of each publication and a consumer span of each attempt to deliver.

    A consumer span has no parent but what is current in its thread; its link leads to the publication, in this
    process or another. What a handler is not ready for is no error of its span.

    Args:
        provider: whose tracer to use, the global one by default.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("evlint.bus", tracer_provider=provider)

    def publishing(self, envelope: Envelope, event: object) -> Envelope:
        attributes = {**_attributes(envelope, "publish", "send"), **_code(next(iter(callers()), None))}
        name = f"publish {envelope.type}"
        with self._tracer.start_as_current_span(name, kind=SpanKind.PRODUCER, attributes=attributes):
            carrier: dict[str, str] = {}
            _context.inject(carrier)
        return msgspec.structs.replace(envelope, traceparent=carrier.get("traceparent"))

    @contextmanager
    def handling(self, subscription: Subscription, claim: Claim) -> Iterator[None]:
        envelope = claim.envelope
        attributes = {
            **_attributes(envelope, "process", "process"),
            "messaging.consumer.group.name": subscription.id,
            "evlint.bus.attempt": claim.attempt,
            **_code(place_of(subscription.function)),
        }
        with self._tracer.start_as_current_span(
            f"process {envelope.type}",
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            links=_links(envelope),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except NotYet:
                raise
            except BaseException as error:
                span.record_exception(error)
                span.set_attribute("error.type", f"{type(error).__module__}.{type(error).__qualname__}")
                span.set_status(Status(StatusCode.ERROR, str(error)))
                raise


def _links(envelope: Envelope) -> list[Link]:
    """A link to the publication, if its trace context came with the event and can be read."""
    carrier = {"traceparent": envelope.traceparent} if envelope.traceparent else {}
    published = trace.get_current_span(_context.extract(carrier)).get_span_context()
    return [Link(published)] if carrier and published.is_valid else []


def _attributes(envelope: Envelope, name: str, kind: str) -> dict[str, AttributeValue]:
    """What the semantic conventions of messaging, which are not stable yet, have names for, and what is ours."""
    found: dict[str, AttributeValue] = {
        "messaging.system": "evlint.bus",
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
        "messaging.destination.name": envelope.type,
        "messaging.message.id": envelope.id,
        "messaging.message.conversation_id": envelope.correlation_id,
        "messaging.message.body.size": len(envelope.data),
        "evlint.bus.event.version": envelope.version,
        "evlint.bus.event.source": envelope.source,
    }
    if envelope.causation_id is not None:
        found["evlint.bus.event.causation_id"] = envelope.causation_id
    return found


def _code(place: Place | None) -> dict[str, AttributeValue]:
    if place is None:
        return {}
    return {
        "code.file.path": place.path,
        "code.line.number": place.line,
        "code.function.name": place.function,
    }
