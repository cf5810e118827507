"""Who published and who handled is told by records and by spans, and both are what evlint reads."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TracerProvider,
)
from opentelemetry.util.types import AttributeValue

from evlint.bus import Bus, NotYet, Recorder, Retry, event, from_wire, to_wire
from evlint.bus.base import Observer
from evlint.bus.distribution import relay
from evlint.bus.envelope import Envelope
from evlint.bus.with_opentelemetry import Tracing

MakeBus = Callable[[Observer], Bus]


@event("parcel.packed", version=2, key="number")
@dataclass(frozen=True)
class ParcelPacked:
    number: str


@event("parcel.sent", key="number")
@dataclass(frozen=True)
class ParcelSent:
    number: str


@pytest.fixture
def make_bus(tmp_path: Path) -> Iterator[MakeBus]:
    made: list[Bus] = []

    def make(observer: Observer) -> Bus:
        made.append(Bus(tmp_path / "bus.db", source="post", observers=(observer,)))
        return made[-1]

    yield make
    for bus in made:
        bus.close()


class Recorded(NonRecordingSpan):
    """A span that keeps what it is told."""

    def __init__(self, parent: SpanContext, told: Mapping[str, Any]) -> None:
        trace_id = parent.trace_id or random.getrandbits(128)
        super().__init__(SpanContext(trace_id, random.getrandbits(64), is_remote=False, trace_flags=TraceFlags(1)))
        self.parent = parent if parent.is_valid else None
        self.name: str = told["name"]
        self.kind: SpanKind = told["kind"]
        self.attributes: dict[str, AttributeValue] = dict(told["attributes"])
        self.links: list[Link] = list(told.get("links", ()))
        self.errors: list[BaseException] = []
        self.status = StatusCode.UNSET

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        self.attributes[key] = value

    def record_exception(self, exception: BaseException, *_: Any, **__: Any) -> None:
        self.errors.append(exception)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        self.status = status.status_code if isinstance(status, Status) else status


class Spans(TracerProvider, Tracer):
    """The API, implemented as far as the bus needs it; the finished spans are in the order of their ends."""

    def __init__(self) -> None:
        self.finished: list[Recorded] = []

    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return self

    def start_span(self, name: str, context: Context | None = None, **told: Any) -> Span:  # type: ignore[override]
        return Recorded(trace.get_current_span(context).get_span_context(), {"name": name, **told})

    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self,
        name: str,
        *,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        **told: Any,
    ) -> Iterator[Span]:
        span = self.start_span(name, **told)
        assert isinstance(span, Recorded)
        with trace.use_span(span, record_exception=record_exception, set_status_on_exception=set_status_on_exception):
            try:
                yield span
            finally:
                self.finished.append(span)


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def tracing(spans: Spans) -> Tracing:
    return Tracing(spans)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Elsewhere:
    """A broker that takes everything."""

    name = "elsewhere"

    async def send(self, envelopes: list[Envelope]) -> list[BaseException | None]:
        return [None] * len(envelopes)

    async def feed(self, take: Callable[[list[bytes]], None]) -> None: ...

    async def health(self) -> list[str]:
        return []

    async def close(self) -> None: ...


def test_publications_and_deliveries_are_recorded_with_their_places(make_bus: MakeBus, tmp_path: Path) -> None:
    bus = make_bus(Recorder(tmp_path / "trace.jsonl"))

    @bus.subscribe(id="post.send")
    def send(event: ParcelPacked, tx: sqlite3.Connection) -> None:
        bus.publish(tx, ParcelSent(event.number))

    @bus.subscribe(id="post.tell")
    async def tell(event: ParcelSent) -> None:
        await asyncio.sleep(0)

    relay(bus, Elsewhere())
    bus.register()
    packed = bus.publish_now(ParcelPacked("1"))
    bus.drain()
    found = records(tmp_path / "trace.jsonl")
    assert [(item["at"], item["event"], item.get("handler")) for item in found] == [
        ("published", "parcel.packed", None),
        ("delivered", "parcel.packed", "post.send"),
        ("published", "parcel.sent", None),
        ("delivered", "parcel.sent", "post.tell"),
    ]
    assert {place["path"] for item in found for place in item["places"][:1]} == {__file__}
    assert [item["places"][0]["function"].rpartition(".")[2] for item in found[1:]] == ["send", "send", "tell"]
    assert found[2]["places"][0]["line"] == send.__code__.co_firstlineno + 2
    assert (found[0]["version"], found[0]["source"], found[0]["causation_id"]) == (2, "post", None)
    assert found[2]["causation_id"] == found[0]["id"] == packed.id
    assert found[0]["type"].endswith("test_observing.ParcelPacked")


def test_wrapping_an_event_is_no_publication(make_bus: MakeBus, tmp_path: Path) -> None:
    bus = make_bus(Recorder(tmp_path / "trace.jsonl"))
    assert from_wire(to_wire(bus.envelope(ParcelPacked("1")))).type == "parcel.packed"
    assert records(tmp_path / "trace.jsonl") == []


def test_a_delivery_is_linked_to_its_publication(make_bus: MakeBus, tracing: Tracing, spans: Spans) -> None:
    bus = make_bus(tracing)

    @bus.subscribe(id="post.send")
    def send(event: ParcelPacked) -> None: ...

    bus.register()
    envelope = bus.publish_now(ParcelPacked("1"))
    bus.drain()
    published, processed = spans.finished
    assert (published.name, published.kind) == ("publish parcel.packed", SpanKind.PRODUCER)
    assert (processed.name, processed.kind) == ("process parcel.packed", SpanKind.CONSUMER)
    assert [link.context.span_id for link in processed.links] == [published.get_span_context().span_id]
    assert [link.context.trace_id for link in processed.links] == [published.get_span_context().trace_id]
    assert processed.parent is None
    assert processed.get_span_context().trace_id != published.get_span_context().trace_id
    told = published.attributes
    assert envelope.traceparent is not None
    assert envelope.traceparent.split("-")[2] == f"{published.get_span_context().span_id:016x}"
    assert told["messaging.system"] == "evlint.bus"
    assert told["messaging.destination.name"] == "parcel.packed"
    assert told["messaging.message.id"] == envelope.id
    assert told["messaging.message.conversation_id"] == envelope.correlation_id
    assert told["evlint.bus.event.version"] == 2
    assert told["code.file.path"] == __file__
    assert processed.attributes["messaging.consumer.group.name"] == "post.send"


def test_a_failure_is_an_error_of_its_span_and_waiting_is_none(
    make_bus: MakeBus, tracing: Tracing, spans: Spans
) -> None:
    bus = make_bus(tracing)

    @bus.subscribe(id="post.break", retry=Retry(attempts=1))
    def break_(event: ParcelPacked) -> None:
        raise LookupError("no such parcel")

    @bus.subscribe(id="post.wait")
    async def wait(event: ParcelPacked) -> None:
        raise NotYet(60.0)

    bus.register()
    bus.publish_now(ParcelPacked("1"))
    bus.drain()
    ended = {str(span.attributes.get("messaging.consumer.group.name")): span for span in spans.finished}
    assert ended["post.break"].status is StatusCode.ERROR
    assert ended["post.break"].attributes["error.type"] == "builtins.LookupError"
    assert [str(error) for error in ended["post.break"].errors] == ["no such parcel"]
    assert ended["post.wait"].status is StatusCode.UNSET
    assert ended["post.wait"].errors == []


def test_without_an_sdk_the_callers_context_travels(make_bus: MakeBus) -> None:
    bus = make_bus(Tracing())
    assert bus.publish_now(ParcelPacked("1")).traceparent is None
    caller = NonRecordingSpan(SpanContext(7, 9, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)))
    with trace.use_span(caller):
        envelope = bus.publish_now(ParcelPacked("2"))
    assert envelope.traceparent == f"00-{7:032x}-{9:016x}-01"


@pytest.mark.parametrize("traceparent", ["nonsense", None])
def test_a_context_that_cannot_be_read_is_no_link(
    make_bus: MakeBus, tracing: Tracing, spans: Spans, traceparent: str | None
) -> None:
    bus = make_bus(tracing)

    @bus.subscribe(id="post.send")
    def send(event: ParcelPacked) -> None: ...

    bus.register()
    message = json.loads(to_wire(bus.envelope(ParcelPacked("1"))))
    bus.receive(json.dumps({**message, "traceparent": traceparent}).encode())
    assert bus.drain()
    (processed,) = spans.finished
    assert processed.links == []


def test_only_the_api_is_imported() -> None:
    program = (
        "import sys, evlint.bus.with_opentelemetry; print(any(n.startswith('opentelemetry.sdk') for n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8")
    assert done.stdout == "False\n"


def test_evlint_reads_the_spans(
    evlint: Callable[..., subprocess.CompletedProcess[str]],
    tracing: Tracing,
    spans: Spans,
    tmp_path: Path,
) -> None:
    (tmp_path / "post.py").write_text(POST, encoding="utf-8")
    names: dict[str, Any] = {"observers": (tracing,), "__name__": "post", "file": str(tmp_path / "post.db")}
    exec(compile(POST, tmp_path / "post.py", "exec", dont_inherit=True), names)  # noqa: S102 - what evlint reads is what runs
    names["bus"].close()
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [exported(span) for span in spans.finished]}]}]}
    (tmp_path / "spans.json").write_text(json.dumps(document), encoding="utf-8")
    held = evlint("trace", "post.py", "--observed", "spans.json", "--isolated", "--no-cache", cwd=tmp_path)
    assert (held.returncode, held.stdout) == (0, "Agreed: 1 publishers, 1 handlers\n"), held.stderr


def exported(span: Recorded) -> dict[str, Any]:
    """A span as the JSON of OTLP has it."""
    attributes = [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in span.attributes.items()
    ]
    return {"name": span.name, "kind": span.kind.value + 1, "attributes": attributes}


POST = """
import sys
from dataclasses import dataclass

from evlint.bus import Bus, event


@event("parcel.packed", version=2)
@dataclass(frozen=True)
class ParcelPacked:
    number: str


bus = Bus(file, source="post", observers=observers)


@bus.subscribe(id="post.send")
def send(event: ParcelPacked) -> None: ...


def pack(number: str) -> None:
    bus.publish_now(ParcelPacked(number))


bus.register()
pack("1")
bus.drain()
"""
