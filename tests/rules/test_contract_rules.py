"""What the rules about contracts do beyond the examples of their pages: options, evidence, and many of one cause."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from evlint.app import Analysis, analyse_sources, check
from evlint.causes import joined
from evlint.model.finding import Finding
from evlint.model.run import Choice
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.selection import select
from evlint.schema.lockfile import loads

BROKER = "from pydantic import BaseModel\nfrom faststream.kafka import KafkaBroker\n\nbroker = KafkaBroker()\n\n"
BASE = "class Event(BaseModel, frozen=True):\n    id: int\n\n"
LOCK = "format = 1\n"


def event(name: str, base: str = "Event") -> str:
    return (
        f"class {name}(BaseModel, frozen=True):\n    x: int\n\n"
        if not base
        else f"class {name}({base}):\n    x: int\n\n"
    )


def publish(name: str) -> str:
    return f"async def send_{name}():\n    await broker.publish({name}(x=1), topic='{name}')\n\n"


def found(code: str, source: str, options: dict[str, Any] | None = None, lock: str = "") -> list[Finding]:
    program = analyse_sources({"shop.py": source})
    if lock:
        program = msgspec.structs.replace(program, lock=loads(lock, "events.lock"))
    choice = Choice(select=(code,), options={code: options} if options else {})
    return list(joined(check(Analysis(program), select(load(builtin()), choice), debug=True).findings))


def many(count: int) -> str:
    names = [f"Thing{chr(65 + number)}Moved" for number in range(count)]
    return BROKER + BASE + "".join(event(name) + publish(name) for name in names)


def test_many_unversioned_events_of_one_base_are_one_finding() -> None:
    (finding,) = found("EVL104", many(6))
    assert finding.message.startswith("6 events that derive from `Event`")
    assert len(finding.related) == 5
    assert len(found("EVL104", many(5))) == 5


def test_an_event_may_be_allowed_to_have_no_version() -> None:
    assert not found("EVL104", many(2), {"allow": ["Thing*"]})


def test_events_that_stay_inside_are_asked_for_a_version_on_request() -> None:
    source = (
        "class EventBus:\n    def __init__(self): self._subs = {}\n"
        "    def subscribe(self, kind, handler): self._subs.setdefault(kind, []).append(handler)\n"
        "    def publish(self, event):\n        for handler in self._subs.get(type(event), []): handler(event)\n\n"
        "bus = EventBus()\n\nclass OrderPlaced:\n    def __init__(self, x): self.x = x\n\n"
        "def place():\n    bus.publish(OrderPlaced(1))\n"
    )
    assert not found("EVL104", source)
    assert [finding.event for finding in found("EVL104", source, {"in_process": True})] == ["OrderPlaced"]


@pytest.mark.parametrize("name", ["KafkaMessage", "DomainEvent", "Payload", "RabbitmqEvent"])
def test_a_carrier_is_no_fact(name: str) -> None:
    assert not found("EVL104", BROKER + event(name, "") + publish(name))


def test_many_bare_dicts_of_one_service_are_one_finding() -> None:
    calls = "".join(f"    broker.publish({{'id': 1}}, topic='thing-{number}')\n" for number in range(11))
    (finding,) = found("EVL110", f"{BROKER}def send():\n{calls}")
    assert finding.message.startswith("11 events of `.`")


def test_many_events_that_the_lock_does_not_know_are_one_finding() -> None:
    assert len(found("EVL106", many(5), lock=LOCK)) == 5
    (finding,) = found("EVL106", many(6), lock=LOCK)
    assert finding.message.startswith("6 events are not in the schema lock")


def test_one_change_of_many_events_is_one_finding() -> None:
    names = [f"Thing{chr(65 + number)}Moved" for number in range(5)]
    lock = LOCK + "".join(f'[event."shop.{name}".1.fields]\nid = "str"\nx = "int"\n' for name in names)
    (finding,) = found("EVL105", many(5), lock=lock)
    assert finding.message.startswith("5 events break their contracts: `id` changed from `str` to `int`")
    assert finding.location.line == 7


@pytest.mark.parametrize(("mode", "count"), [("full", 1), ("backward", 0), ("forward", 1), ("none", 0)])
def test_the_lock_says_what_is_promised(mode: str, count: int) -> None:
    lock = f'format = 1\ncompatibility = "{mode}"\n[event."shop.ThingMoved".1.fields]\nx = "int"\ny = "int"\n'
    source = BROKER + event("ThingMoved", "") + publish("ThingMoved")
    assert len(found("EVL105", source, lock=lock)) == count


@pytest.mark.parametrize(
    ("definition", "read", "count"),
    [
        pytest.param("class ThingMoved(BaseModel, extra='forbid'):", "event: ThingMoved", 1, id="it forbids others"),
        pytest.param("class ThingMoved(BaseModel):", "event: ThingMoved", 0, id="it ignores others"),
        pytest.param("@dataclass\nclass ThingMoved:", "event: ThingMoved", 1, id="it is unpacked"),
    ],
)
def test_a_reader_that_refuses_unknown_fields_is_broken_by_an_addition(definition: str, read: str, count: int) -> None:
    lock = 'format = 1\n[event."facts.ThingMoved".1.fields]\nx = "int"\n'
    files = {
        "facts.py": f"import json\nfrom dataclasses import dataclass\nfrom pydantic import BaseModel\n\n{definition}\n"
        "    x: int\n    y: int = 0\n\n"
        "def parse(body):\n    data = json.loads(body)\n    return ThingMoved(**data)\n",
        "one/__init__.py": "",
        "one/send.py": f"{BROKER}from facts import ThingMoved\n\n"
        "async def send():\n    await broker.publish(ThingMoved(x=1), topic='t')\n",
        "two/__init__.py": "",
        "two/take.py": f"{BROKER}from facts import ThingMoved\n\n@broker.subscriber('t')\nasync def take({read}): ...\n",
    }
    program = msgspec.structs.replace(analyse_sources(files), lock=loads(lock, "events.lock"))
    findings = check(Analysis(program), select(load(builtin()), Choice(select=("EVL105",))), debug=True).findings
    assert len(findings) == count
    if count:
        assert [item.message for item in findings[0].related] == ["`take` refuses fields that it does not know"]


def test_a_thin_event_is_held_to_few_fields() -> None:
    source = BROKER + "class ThingMoved(BaseModel, frozen=True):\n" + "".join(f"    f{n}: int\n" for n in range(5))
    source += publish("ThingMoved")
    assert not found("EVL108", source)
    (finding,) = found("EVL108", source, {"thin": ["shop.*"]})
    assert "more than the 4 of a thin event" in finding.message
