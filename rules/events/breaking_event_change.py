"""Find changes of events that break what the schema lock promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType
from evlint.model.rule import Rule
from evlint.model.source import Location
from evlint.schema.contracts import name_of
from evlint.schema.judge import Judgement, stand

# One change of so many events, as of a field in their base class, is one finding.
MANY = 3
SHOWN = 3


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    lock = flow.program.lock
    if lock is None:
        return
    events = {name_of(event): event for event in flow.program.events}
    standing = stand(flow, lock, lock.compatibility)
    changes: dict[str, list[Judgement]] = {}
    for judgement in standing.judgements:
        if judgement.breaking:
            changes.setdefault(judgement.change.text, []).append(judgement)
    for judgements in changes.values():
        if len(judgements) > MANY:
            yield _shared(rule, events, judgements)
        else:
            yield from (_finding(rule, events[item.event], item) for item in judgements)
    for old, new in standing.moved:
        event = events[new]
        yield rule.finding(
            _place(event, ""),
            f"event `{old}` is now `{new}`: deployed handlers wait for the old name, and stored events carry it;"
            " keep the old one beside it for a while",
            event=event.name,
            key=f"{old} {new}",
        )


def _place(event: EventType, name: str) -> Location:
    assert event.location is not None
    return next((field.location for field in event.fields if field.name == name), event.location)


def _finding(rule: Rule, event: EventType, judgement: Judgement) -> Finding:
    change = judgement.change
    return rule.finding(
        _place(event, change.top),
        f"event `{event.name}` breaks its contract: {change.text}, so {_consequence(judgement)}; {_remedy(judgement)}",
        event=event.name,
        related=tuple(Related(hit.location, f"`{hit.handler}` {hit.why}") for hit in judgement.hits),
        key=f"{event.name} {change.text}",
    )


def _consequence(judgement: Judgement) -> str:
    if not judgement.hits:
        return judgement.change.direction
    names = list(dict.fromkeys(f"`{hit.handler}`" for hit in judgement.hits))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"it breaks {', '.join(names[:SHOWN])}{more}"


def _remedy(judgement: Judgement) -> str:
    hint = judgement.change.hint
    return f"{hint}, or raise the version" if hint else "raise the version"


def _shared(rule: Rule, events: dict[str, EventType], judgements: Sequence[Judgement]) -> Finding:
    change = judgements[0].change
    placed = sorted((_place(events[item.event], change.top), events[item.event].name) for item in judgements)
    return rule.finding(
        placed[0][0],
        f"{len(judgements)} events break their contracts: {change.text}, so {change.direction or 'handlers break'};"
        f" {_remedy(judgements[0])}",
        event=placed[0][1],
        related=tuple(Related(location, f"`{name}`") for location, name in placed[1:]),
        key=change.text,
    )
