"""Find events that nobody handles."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType, Transport
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    consumed = {item.event for item in flow.program.subscriptions}
    handled: set[Transport] = {item.transport for item in flow.program.subscriptions}
    lonely = [flow.event(event).name for event in consumed if not flow.publications_of(event)]
    for event in flow.program.events:
        sent = flow.publications_of(event.id)
        if not sent or event.external or "{}" in event.name or any(item.confidence == "likely" for item in sent):
            continue
        transports = {item.transport for item in sent}
        if not transports <= handled or any(flow.has_open_subscriptions(item) for item in transports):
            continue
        if not flow.subscriptions_to(event.id):
            location = event.location or sent[0].location
            yield rule.finding(
                location,
                f"event `{event.name}` is published by `{sent[0].location.symbol or sent[0].service}` and nobody handles it"
                + _cause(event, lonely),
                event=event.name,
                related=tuple(Related(item.location, "published here") for item in sent[:5]),
            )


def _cause(event: EventType, names: list[str]) -> str:
    near = get_close_matches(event.name, sorted(set(names)), 1, 0.8)
    return f"; a handler waits for `{near[0]}`: is it the same?" if near else "; add a handler, or stop publishing it"
