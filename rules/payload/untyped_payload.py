"""Find events that leave the process as a bare dict or text, with nothing that describes them."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.program import EventType, Publication
from evlint.model.rule import Rule
from evlint.words.paths import is_test

WORDS = {"mapping": "a bare dict", "text": "a bare text"}


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        sent = [item for item in flow.publications_of(event.id) if _is_untyped(event, item)]
        if sent and not event.external:
            yield _finding(flow, rule, sent[0])


def _is_untyped(event: EventType, publication: Publication) -> bool:
    return (
        event.kind == "topic"
        and not event.fields
        and publication.event == event.id
        and publication.transport == "broker"
        and publication.confidence != "likely"
        and publication.payload is not None
        and publication.payload.kind != "class"
        and not publication.payload.dumps
        and not is_test(publication.location.path)
    )


def _finding(flow: Flow, rule: Rule, publication: Publication) -> Finding:
    assert publication.payload is not None
    name = flow.event(publication.event).name
    keys = publication.payload.keys
    shown = f" with {len(keys)} keys" if len(keys) > 1 else ""
    return rule.finding(
        publication.location,
        f"event `{name}` is sent as {WORDS[publication.payload.kind]}{shown} that no class describes; declare a frozen"
        " class for it, and let publisher and consumers share it",
        event=name,
        cause=Cause(
            f"{rule.code} {publication.service}",
            f"events of `{publication.service}` are sent as bare dicts or texts that no class describes; declare a frozen"
            " class for each",
        ),
    )
