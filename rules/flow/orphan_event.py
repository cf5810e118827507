"""Find events that nobody handles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding, Related
from evlint.model.program import EventType, Publication, Subscription, Transport
from evlint.model.rule import Rule
from evlint.words.near import nearest
from evlint.words.paths import is_test

SHOWN = 5


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    handled = _handled(flow)
    waiting = {name: item for item in flow.program.subscriptions for name in _unpublished(flow, item)}
    for event in flow.program.events:
        sent = flow.publications_of(event.id)
        if (
            not sent
            or event.external
            or flow.is_hook(event)
            or "{}" in event.name
            or any(item.confidence == "likely" for item in sent)
        ):
            continue
        transports = {item.transport for item in sent}
        if not transports <= handled or any(flow.has_open_subscriptions(item) for item in transports):
            continue
        shipped = [item for item in sent if not is_test(item.location.path)]
        takers = flow.subscriptions_to(event.id)
        if shipped and all(is_test(item.handler_path) for item in takers):
            yield _finding(flow, rule, event, shipped, takers, waiting)


def _handled(flow: Flow) -> set[Transport]:
    """The transports on which the program takes events of its own: one that only publishes is made for others."""
    return {
        item.transport
        for item in flow.program.subscriptions
        if not (item.external or is_test(item.handler_path))
        and (item.pattern or flow.event(item.event).has_subclasses or flow.publications_of(item.event))
    }


def _unpublished(flow: Flow, subscription: Subscription) -> Iterator[str]:
    """The name of the event that the subscription waits for in vain."""
    event = flow.event(subscription.event)
    vain = not (flow.publications_of(event.id) or event.external or subscription.external or subscription.pattern)
    if vain and not is_test(subscription.handler_path):
        yield event.name


def _finding(
    flow: Flow,
    rule: Rule,
    event: EventType,
    sent: Sequence[Publication],
    takers: Sequence[Subscription],
    waiting: Mapping[str, Subscription],
) -> Finding:
    related = [Related(item.location, "published here") for item in sent[:SHOWN]]
    # A signal object is there for anybody to connect to, so those of a package are likely meant for others together.
    is_signal = event.kind == "signal"
    service = flow.owner(event.id).partition(".")[0] if is_signal else flow.owner(event.id)
    cause = Cause(
        f"{rule.code} {event.kind} {service}",
        f"{'signals' if is_signal else 'events'} that `{service}` publishes are handled by nobody here;"
        " list in `external` those that others handle, and stop publishing the rest",
        2 if is_signal else 6,
    )
    near, how = nearest(event.name, waiting)
    if near:
        handler = waiting[near]
        advice = f"; `{handler.handler}` waits for `{near}`, which differs by {how}: give both one name"
        related.append(Related(handler.location, f"`{handler.handler}` waits for `{near}`"))
        cause = Cause(f"one event in two spellings: {' '.join(sorted((event.name, near)))}", "", 2)
    elif takers:
        advice = " but tests; add a handler, or stop publishing it"
        related.append(Related(takers[0].location, f"`{takers[0].handler}` is of a test"))
    else:
        advice = "; add a handler, or stop publishing it"
    return rule.finding(
        event.location or sent[0].location,
        f"event `{event.name}` is published by `{sent[0].location.symbol or sent[0].service}` and nobody handles it{advice}",
        event=event.name,
        related=tuple(related),
        cause=cause,
    )
