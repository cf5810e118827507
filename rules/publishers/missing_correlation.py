"""Find events that carry nothing by which an action can be traced through the services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType, Field, Publication
from evlint.model.rule import Rule
from evlint.words.correlation import tells
from evlint.words.identifiers import is_technical

# Frameworks that give every message ids of their own and pass them on.
TRACING = ("protean", "celery", "faststream", "lato", "home-assistant", "bubus")
# What bases outside the program add no field that could carry an id.
NEUTRAL = (
    "builtins.",
    "typing.",
    "typing_extensions.",
    "abc.",
    "enum.",
    "pydantic.",
    "msgspec.",
    "attr",
    "dataclasses",
)
# What is named so is a base of events, even where those that derive from it are not seen.
GENERIC = re.compile(r"^(?:Domain|Integration|Application)?(?:Event|Message|Notification)(?:Envelope)?$")
# Defaults that know nothing of what is being handled.
EMPTY = re.compile(r"^(?:None|''|\"\")$|default=None|uuid")
SHOWN = 12
REMEDY = "give it a correlation id, and the id of what caused it"


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    families: dict[str, list[EventType]] = {}
    untraced: list[Publication] = []
    for event in flow.program.events:
        if event.kind == "class" and _is_bare(flow, event):
            ours = [base for base in event.bases if base not in event.foreign]
            families.setdefault(ours[-1] if ours else event.id, []).append(event)
        elif "{}" not in event.name and not GENERIC.match(event.name):
            untraced += _untraced(flow, event)
    for family in families.values():
        # What nobody sends yet is judged with its family.
        if any(_leaves(flow, event) for event in family):
            yield from _reports(rule, family)
    yield from _published(flow, rule, sorted(untraced, key=lambda item: item.location))
    yield from _broken(flow, rule)


def _reports(rule: Rule, family: list[EventType]) -> Iterator[Finding]:
    """One finding an event, or one for the family where many have the cause in common."""
    many = len(family) > SHOWN
    others = family[1:4] if many else ()
    for event in family[:1] if many else family:
        who = f"`{event.name}` and {len(family) - 1} more of its family carry" if many else f"`{event.name}` carries"
        if event.location is not None:
            yield rule.finding(
                event.location,
                f"{who} neither an id of its own nor one of the action that it belongs to, so nobody can trace it from "
                f"service to service; {REMEDY}",
                event=event.name,
                related=tuple(Related(item.location, f"`{item.name}`") for item in others if item.location),
            )


def _is_bare(flow: Flow, event: EventType) -> bool:
    """Whether neither the class nor any message with it carries an id, as far as all of that is known."""
    if GENERIC.match(event.name) or is_technical(event.name):
        return False
    hidden = any(not base.startswith(NEUTRAL) for base in event.foreign)
    if hidden or event.location is None or event.has_subclasses or not event.fields or event.form == "framework":
        return False
    return not any(_traces(field) for field in event.fields) and not any(
        _is_traced(item) for item in flow.publications_of(event.id)
    )


def _traces(field: Field) -> bool:
    own = field.name in ("id", "id_", "uid") and (
        "uuid" in f"{field.type}{field.default}".lower() or not field.required
    )
    return own or bool(tells(field.name))


def _leaves(flow: Flow, event: EventType) -> bool:
    """Whether the event, or the state that it is stored with, goes to other processes."""
    publications = flow.publications_of(event.id)
    if any(item.transport != "in-process" for item in publications):
        return True
    return any(item.transaction == "buffered" for item in publications) and flow.uses_broker


def _is_traced(publication: Publication) -> bool:
    return (
        publication.dialect in TRACING
        or publication.confidence == "likely"
        or any(tells(name.lstrip(".")) for name in publication.carries or ())
    )


def _published(flow: Flow, rule: Rule, untraced: list[Publication]) -> Iterator[Finding]:
    """One finding a publication, or one for a service that traces nothing."""
    services: dict[str, list[Publication]] = {}
    for publication in untraced:
        services.setdefault(publication.service, []).append(publication)
    for found in services.values():
        many = len(found) > SHOWN
        for publication in found[:1] if many else found:
            name = flow.event(publication.event).name
            more = f", and {len(found) - 1} more places in `{publication.service}` send others," if many else ""
            related = (Related(item.location, f"`{item.location.symbol}` sends another") for item in found[1:4])
            yield rule.finding(
                publication.location,
                f"`{publication.location.symbol or publication.service}` sends `{name}`{more} with neither an id of its own nor one of the action "
                f"that it belongs to; {REMEDY}",
                event=name,
                related=tuple(related) if many else (),
                key=f"{name} {publication.location.symbol}",
            )


def _untraced(flow: Flow, event: EventType) -> Iterator[Publication]:
    for publication in flow.publications_of(event.id):
        leaves = publication.event == event.id and publication.transport != "in-process"
        if leaves and publication.carries is not None and not _is_traced(publication):
            yield publication


def _broken(flow: Flow, rule: Rule) -> Iterator[Finding]:
    """Handlers that send an event and leave the id empty that their own trigger could give."""
    handling = {key for key, intakes in flow.intakes.items() if any(item.transport != "in-process" for item in intakes)}
    for publication in flow.program.publications:
        event = flow.event(publication.event)
        fields = [field for field in event.fields if tells(field.name) == "correlation"]
        if publication.function not in handling or publication.carries is None or publication.dialect in TRACING:
            continue
        given = any(tells(name) and not name.startswith(".") for name in publication.carries)
        if fields and not given and all(EMPTY.search(field.default or "") for field in fields):
            trigger = flow.taken(publication.function)
            yield rule.finding(
                publication.location,
                f"`{publication.location.symbol}` sends `{event.name}` without the ids of "
                f"{f'`{trigger}`' if trigger else 'the event'} that it handles, so the trace ends here; pass them on as "
                f"`{fields[0].name}`",
                event=event.name,
                key=f"{event.name} {publication.location.symbol} {fields[0].name}",
            )
