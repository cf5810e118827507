"""Find domain events that are sent to other processes as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType, Publication, Subscription
from evlint.model.rule import Rule
from evlint.words.identifiers import split
from evlint.words.past_tense import tense
from evlint.words.paths import is_test

INSIDE = frozenset({"domain", "aggregates", "entities"})
GENERIC = frozenset({"domain", "base", "abstract", "event", "message"})
CURATED = frozenset({"integration", "public", "contract", "contracts", "external", "outbound", "api", "published"})


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.location is None or event.external or event.has_subclasses or not _is_internal(event):
            continue
        crossing = _crossing(flow, event)
        if crossing is not None and not is_test(event.location.path):
            yield rule.finding(
                event.location,
                f"domain event `{event.name}` is sent to other processes as it is, so its model becomes their contract;"
                " translate it into an integration event at the boundary",
                event=event.name,
                related=(Related(crossing.location, "crosses here"),),
            )


def _is_internal(event: EventType) -> bool:
    """Whether the event belongs to the inside of a service, by where it stands or what it derives from."""
    assert event.location is not None
    names = [event.name, *(base.rpartition(".")[2] for base in event.bases)]
    words = {word.lower() for name in names for word in split(name)}
    folders = set(re.split(r"[/._]", event.location.path.lower()))
    if (words | folders) & CURATED or event.kind != "class":
        return False
    if tense(event.name).kind != "past" and GENERIC.issuperset(word.lower() for word in split(event.name)):
        return False
    return bool(folders & INSIDE) or any("DomainEvent" in name for name in names[1:])


def _crossing(flow: Flow, event: EventType) -> Publication | Subscription | None:
    """Where the event leaves its process, or is taken from outside it."""
    sent = [item for item in flow.publications_of(event.id) if item.transport == "broker"]
    taken = [item for item in flow.subscriptions_to(event.id) if item.transport == "broker"]
    found: list[Publication | Subscription] = [*sent, *taken]
    certain = [item for item in found if item.confidence != "likely"]
    return min(certain, key=lambda item: item.location) if certain else None
