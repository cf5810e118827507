"""Find events that carry nothing by which an action can be traced through the services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Cure, Finding
from evlint.model.program import EventType, Field, Publication
from evlint.model.rule import Rule
from evlint.words.correlation import tells
from evlint.words.identifiers import is_technical

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
# Classes to which a field can be added by writing it down.
WRITTEN = frozenset({"dataclass", "attrs", "pydantic", "msgspec", "namedtuple"})
REMEDY = "give it a correlation and a causation id"


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    families: dict[str, list[EventType]] = {}
    untraced: list[Publication] = []
    for event in flow.program.events:
        if event.kind == "class" and _is_bare(flow, event):
            ours = [base for base in event.bases if base not in event.foreign]
            families.setdefault(ours[-1] if ours else event.id, []).append(event)
        elif "{}" not in event.name and not GENERIC.match(event.name):
            untraced += _untraced(flow, event)
    for base, family in families.items():
        # What nobody sends yet is judged with its family.
        if any(_leaves(flow, event) for event in family):
            yield from _reports(rule, base, family)
    yield from _published(flow, rule, sorted(untraced, key=lambda item: item.location))
    yield from _broken(flow, rule)


def _reports(rule: Rule, base: str, family: list[EventType]) -> Iterator[Finding]:
    for event in family:
        if event.location is not None:
            yield rule.finding(
                event.location,
                f"`{event.name}` carries no id, its own or its action's, to trace it by from service to service; {REMEDY}",
                event=event.name,
                cure=_cure(event),
                cause=Cause(
                    f"{rule.code} {base}",
                    f"events that derive from `{base.rpartition('.')[2]}` carry neither an id of their own nor one of the"
                    f" action that they belong to; {REMEDY}, in the base class",
                ),
            )


def _cure(event: EventType) -> Cure | None:
    if event.form not in WRITTEN:
        return None
    return Cure("correlate", f"Add a correlation id to `{event.name}`", "unsafe", event.id)


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
        publication.traced
        or publication.confidence == "likely"
        or any(tells(name.lstrip(".")) for name in publication.carries or ())
    )


def _published(flow: Flow, rule: Rule, untraced: list[Publication]) -> Iterator[Finding]:
    for publication in untraced:
        name = flow.event(publication.event).name
        yield rule.finding(
            publication.location,
            f"`{publication.location.symbol or publication.service}` sends `{name}` with no id, its own or its"
            f" action's, to trace it by; {REMEDY}",
            event=name,
            key=f"{name} {publication.location.symbol}",
            cause=Cause(
                f"{rule.code} {publication.service}",
                f"publications of `{publication.service}` have neither an id of their own nor one of the action that they"
                f" belong to; {REMEDY}, where all of them are sent",
            ),
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
        if publication.function not in handling or publication.carries is None or publication.traced:
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
                cure=Cure("trace", f"Pass `{fields[0].name}` on", "unsafe", event.id, (fields[0].name,)),
            )
