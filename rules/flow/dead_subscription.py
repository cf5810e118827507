"""Find handlers of events that nobody publishes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.program import EventType, Subscription, Transport
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    published: set[Transport] = {item.transport for item in flow.program.publications}
    orphans = [event.name for event in flow.program.events if _is_lonely(flow, event)]
    for subscription in flow.program.subscriptions:
        if subscription.pattern or subscription.external or subscription.confidence == "likely":
            continue
        event = flow.event(subscription.event)
        if event.external or event.has_subclasses or subscription.transport not in published:
            continue
        if flow.has_open_publications(subscription.transport) or _is_sent(flow, event):
            continue
        yield rule.finding(
            subscription.location,
            f"`{subscription.handler}` waits for `{event.name}`, which nobody publishes" + _cause(event, orphans),
            event=event.name,
            key=f"{event.name} {_handler(subscription)}",
        )


def _handler(subscription: Subscription) -> str:
    return f"{subscription.handler_path}:{subscription.handler}"


def _is_sent(flow: Flow, event: EventType) -> bool:
    return any(flow.publications_of(event.id)) or any(
        event.id in {item.event for item in flow.subscriptions_to(other.event)}
        for other in flow.program.publications
        if other.event != event.id and "{}" in flow.event(other.event).name
    )


def _is_lonely(flow: Flow, event: EventType) -> bool:
    return bool(flow.publications_of(event.id)) and not flow.subscriptions_to(event.id)


def _cause(event: EventType, names: list[str]) -> str:
    near = get_close_matches(event.name, sorted(set(names)), 1, 0.8)
    return (
        f"; `{near[0]}` is published and nobody handles it: is it the same?"
        if near
        else "; publish it, or drop the handler"
    )
