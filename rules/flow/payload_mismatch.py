"""Find handlers that read what no publisher sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType, Publication, Read, Subscription
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    known = {(item.function, read.location) for item in flow.program.subscriptions for read in item.reads if read.known}
    for subscription in flow.program.subscriptions:
        event = flow.event(subscription.event)
        if event.external or event.has_subclasses or subscription.pattern or is_test(subscription.handler_path):
            continue
        for read in subscription.reads:
            if not read.known and (subscription.function, read.location) not in known and event.location is not None:
                names = [field.name for field in event.fields]
                related = (Related(event.location, f"`{event.name}` has no `{read.name}`"),)
                yield _finding(rule, event, subscription, read, names, related)
        yield from _unsent(flow, rule, event, subscription)
    for event in flow.program.events:
        if event.kind == "class" and not event.external:
            for publication in flow.publications_of(event.id):
                yield from _incomplete(flow, rule, event, publication)


def _finding(
    rule: Rule,
    event: EventType,
    subscription: Subscription,
    read: Read,
    names: Iterable[str],
    related: tuple[Related, ...],
) -> Finding:
    near = get_close_matches(read.name, sorted(names), 1, 0.7)
    cause = f"did you mean `{near[0]}`?" if near else "send it, or do not rely on it"
    return rule.finding(
        read.location,
        f"handler `{subscription.handler}` reads `{read.name}`, which event `{event.name}` does not carry; {cause}",
        event=event.name,
        related=related,
        key=f"{event.name}.{read.name} {subscription.handler}",
    )


def _unsent(flow: Flow, rule: Rule, event: EventType, subscription: Subscription) -> Iterator[Finding]:
    """Keys that a handler reads and none of the published dicts has."""
    if event.kind != "topic" or "{}" in event.name or flow.has_open_publications(subscription.transport):
        return
    sent = flow.publications_of(event.id)
    keys = _all_keys(sent)
    if keys is None:
        return
    related = tuple(Related(item.location, "published here") for item in sent[:3])
    for read in subscription.reads:
        if read.manner == "key" and read.name not in keys:
            yield _finding(rule, event, subscription, read, keys, related)


def _all_keys(publications: Iterable[Publication]) -> set[str] | None:
    """The keys of all that is published; None where they are not all known, or nothing is."""
    keys: set[str] = set()
    for publication in publications:
        payload = publication.payload
        if payload is None or payload.kind != "mapping" or not payload.complete or publication.confidence == "likely":
            return None
        keys.update(payload.keys)
    return keys or None


def _incomplete(flow: Flow, rule: Rule, event: EventType, publication: Publication) -> Iterator[Finding]:
    """Fields that the class of the handlers requires and a published dict does not have."""
    payload = publication.payload
    if payload is None or payload.kind != "mapping" or not payload.complete or is_test(publication.location.path):
        return
    if any("alias" in (field.default or "") for field in event.fields) or event.form not in ("pydantic", "msgspec"):
        return
    missing = [field for field in event.fields if field.required and field.name not in payload.keys]
    handlers = [item for item in flow.subscriptions_to(event.id) if item.typed]
    if missing and handlers:
        names = ", ".join(f"`{field.name}`" for field in missing)
        yield rule.finding(
            publication.location,
            f"event `{event.name}` is sent without {names}, which handler `{handlers[0].handler}` requires",
            event=event.name,
            related=tuple(Related(field.location, f"`{field.name}` is required") for field in missing[:3]),
            key=f"{event.name} {names}",
        )
