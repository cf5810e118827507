"""Find events that carry a whole entity or stored object."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.program import DataType, Dump, EventType, Field, Publication
from evlint.model.rule import Rule
from evlint.words.paths import is_test

KINDS = {"table": "a stored object", "entity": "an entity"}


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        for field in event.fields if event.kind == "class" and not event.external else ():
            held = _held(flow, field)
            if held is not None and not is_test(field.location.path):
                yield _of_field(rule, event, field, held)
    for publication in flow.program.publications:
        event = flow.event(publication.event)
        if publication.payload is not None and _leaves(event, publication):
            for dump in publication.payload.dumps:
                yield _of_dump(rule, event, dump)


def _held(flow: Flow, field: Field) -> DataType | None:
    """The entity or stored object that the field holds."""
    types = (flow.type(name) for name in field.types)
    return next((item for item in types if item is not None and item.kind in KINDS), None)


def _leaves(event: EventType, publication: Publication) -> bool:
    """Whether the payload is one at all: signals hand objects to code that runs in the same breath."""
    if event.kind == "signal" or is_test(publication.location.path):
        return False
    return event.kind == "class" or publication.transport != "in-process"


def _of_field(rule: Rule, event: EventType, field: Field, held: DataType) -> Finding:
    return rule.finding(
        field.location,
        f"field `{field.name}` of event `{event.name}` carries {KINDS[held.kind]}, `{held.name}`, whole;"
        " carry its id, or the values that consumers need",
        event=event.name,
        key=f"{event.name}.{field.name}",
        cause=Cause(
            f"{rule.code} {field.declared_in}.{field.name}",
            f"events have the field `{field.name}` of `{field.declared_in.rpartition('.')[2]}`, which carries"
            f" {KINDS[held.kind]}, `{held.name}`, whole; carry its id there",
            2,
        ),
    )


def _of_dump(rule: Rule, event: EventType, dump: Dump) -> Finding:
    name = dump.type.rpartition(".")[2]
    return rule.finding(
        dump.location,
        f"`{dump.how}` puts {KINDS[dump.kind]}, `{name}`, whole into event `{event.name}`, with every field that it"
        " will ever have; name the values that consumers need",
        event=event.name,
        key=f"{event.name} {dump.how}",
    )
