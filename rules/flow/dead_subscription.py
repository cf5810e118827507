"""Find handlers of events that nobody publishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding, Related
from evlint.model.program import EventType, Publication, Subscription, Transport
from evlint.model.rule import Rule
from evlint.words.near import nearest
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    published: set[Transport] = {
        item.transport for item in flow.program.publications if not is_test(item.location.path)
    }
    orphans = {event.name: sent for event in flow.program.events for sent in _orphaned(flow, event)}
    dead = [item for item in flow.program.subscriptions if item.transport in published and _is_dead(flow, item)]
    waiting = Counter(item.event for item in dead)
    for subscription in dead:
        yield _finding(flow, rule, subscription, waiting[subscription.event], orphans)


def _is_dead(flow: Flow, subscription: Subscription) -> bool:
    event = flow.event(subscription.event)
    if subscription.pattern or subscription.external or subscription.confidence == "likely":
        return False
    if event.external or event.has_subclasses or is_test(subscription.handler_path):
        return False
    return not (flow.has_open_publications(subscription.transport) or _is_sent(flow, event))


def _is_sent(flow: Flow, event: EventType) -> bool:
    if any(not is_test(item.location.path) for item in flow.publications_of(event.id)):
        return True
    return any(
        event.id in {item.event for item in flow.subscriptions_to(other.event)}
        for other in flow.program.publications
        if other.event != event.id and "{}" in flow.event(other.event).name
    )


def _orphaned(flow: Flow, event: EventType) -> Iterator[Publication]:
    """Where the event is published, if nobody handles it."""
    if not event.external and not flow.subscriptions_to(event.id):
        yield from (item for item in flow.publications_of(event.id) if not is_test(item.location.path))


def _finding(
    flow: Flow, rule: Rule, subscription: Subscription, waiting: int, orphans: Mapping[str, Publication]
) -> Finding:
    event = flow.event(subscription.event)
    near, how = nearest(event.name, orphans)
    related: tuple[Related, ...] = ()
    advice = ", which nobody publishes; publish it, or drop the handler"
    if near:
        sent = orphans[near]
        sender = sent.location.symbol or sent.service
        advice = f", and `{sender}` publishes `{near}`, which differs by {how}: give both one name"
        related = (Related(sent.location, f"`{near}` is published here"),)
    elif tests := flow.publications_of(event.id):
        advice = ", which only tests publish; publish it, or drop the handler"
        related = (Related(tests[0].location, "published by a test"),)
    return rule.finding(
        subscription.location,
        f"`{subscription.handler}` waits for `{event.name}`{advice}",
        event=event.name,
        related=related,
        key=f"{event.name} {subscription.handler_path}:{subscription.handler}",
        cause=_cause(rule, event, subscription, waiting, near),
    )


def _cause(rule: Rule, event: EventType, subscription: Subscription, waiting: int, near: str) -> Cause:
    if near:
        return Cause(f"one event in two spellings: {' '.join(sorted((event.name, near)))}", "", 2)
    if waiting > 1:
        summary = f"handlers wait for `{event.name}`, which nobody publishes; publish it, or drop them"
        return Cause(f"{rule.code} {event.id}", summary, 2)
    service = subscription.service
    summary = f"handlers of `{service}` wait for events that nobody publishes; list in `external` those that others publish, and drop the rest"
    return Cause(f"{rule.code} service {service}", summary)
