"""Questions about the flow, each answered by the part of the program that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

import msgspec

from evlint.flow import Flow
from evlint.model.errors import UsageError
from evlint.model.program import EventType, Program, Publication, Subscription

Sites = Iterable[Publication | Subscription]


def event_named(flow: Flow, name: str) -> EventType:
    """The event of that name, alias or id.

    Raises:
        UsageError: There is none, or there are several.
    """
    events = flow.program.events
    found = [event for event in events if name in (event.id, event.id.partition(":")[2])]
    found = found or [event for event in events if name in (event.name, *event.aliases)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"`{name}` names {len(found)} events", f"say which: {', '.join(event.id for event in found)}")
    near = get_close_matches(name, sorted({event.name for event in events}), 1)
    raise UsageError(f"there is no event `{name}`", f"did you mean `{near[0]}`?" if near else "see `evlint graph`")


def following(flow: Flow, start: EventType, hops: int | None = None) -> Program:
    """What follows from an event: its handlers, what they publish, and so on, for so many steps or to the end."""
    steps = _distances([start.id], _onward(flow), hops)
    sites: list[Publication | Subscription] = []
    for event, distance in steps.items():
        if hops is None or distance < hops:
            sites += flow.subscriptions_to(event)
            sites += (publication for _, publication in flow.reactions(event))
    return _part(flow, steps, sites)


def between(flow: Flow, start: EventType, end: EventType) -> Program | None:
    """The ways by which one event leads to another; None where there is none."""
    further = _onward(flow)

    def onward(event: str) -> list[str]:
        return [] if event == end.id else [other for other in further(event) if other != start.id]

    ahead = _distances([start.id], onward)
    if end.id not in ahead:
        return None
    backward: dict[str, set[str]] = {}
    for event in ahead:
        for following_event in onward(event):
            backward.setdefault(following_event, set()).add(event)
    kept = _distances([end.id], lambda event: backward.get(event, ()))
    sites: list[Publication | Subscription] = []
    for event in kept:
        for subscription, publication in flow.reactions(event) if event != end.id else ():
            if publication.event in kept and publication.event != start.id:
                sites += (subscription, publication)
    return _part(flow, kept, sites)


def around(flow: Flow, service: str) -> Program:
    """What a service publishes and handles, with everybody at the other ends.

    Raises:
        UsageError: There is no such service.
    """
    names = [item.id for item in flow.program.services]
    if service not in names:
        near = get_close_matches(service, names, 1)
        hint = f"did you mean `{near[0]}`?" if near else f"the services are {', '.join(names)}"
        raise UsageError(f"there is no service `{service}`", hint)
    events: list[str] = []
    sites: list[Publication | Subscription] = []
    for event in flow.program.events:
        ends: list[Publication | Subscription] = [*flow.publications_of(event.id), *flow.subscriptions_to(event.id)]
        if any(site.service == service for site in ends):
            events.append(event.id)
            sites += ends
    return _part(flow, events, sites)


def neighbours(program: Program, service: str) -> tuple[list[str], list[str]]:
    """The services up- and downstream of one, as far as the program shows them."""
    flow = Flow.of(program)
    upstream: set[str] = set()
    downstream: set[str] = set()
    for event in program.events:
        senders = {site.service for site in flow.publications_of(event.id)}
        takers = {site.service for site in flow.subscriptions_to(event.id)}
        if service in takers:
            upstream |= senders
        if service in senders:
            downstream |= takers
    return sorted(upstream - {service}), sorted(downstream - {service})


def _onward(flow: Flow) -> Callable[[str], list[str]]:
    known: dict[str, list[str]] = {}

    def onward(event: str) -> list[str]:
        if event not in known:
            known[event] = sorted({publication.event for _, publication in flow.reactions(event)})
        return known[event]

    return onward


def _distances(
    starts: Iterable[str], onward: Callable[[str], Iterable[str]], most: int | None = None
) -> dict[str, int]:
    """How many steps lead to each event, nearest first."""
    found = dict.fromkeys(starts, 0)
    waiting = list(found)
    for event in waiting:
        if most is not None and found[event] >= most:
            continue
        for other in onward(event):
            if other not in found:
                found[other] = found[event] + 1
                waiting.append(other)
    return found


def _part(flow: Flow, events: Iterable[str], sites: Sites) -> Program:
    """The program of those events and sites; the order of everything stays."""
    program = flow.program
    kept = set(sites)
    wanted = {*events, *(site.event for site in kept)}
    used = {site.service for site in kept}
    return msgspec.structs.replace(
        program,
        services=tuple(service for service in program.services if service.id in used),
        events=tuple(event for event in program.events if event.id in wanted),
        publications=tuple(item for item in program.publications if item in kept),
        subscriptions=tuple(item for item in program.subscriptions if item in kept),
        unresolved=(),
    )


def steps(flow: Flow, event: str) -> Iterator[tuple[Subscription, list[str]]]:
    """The handlers of an event, each with the ids of the events that it publishes in turn."""
    published: dict[Subscription, set[str]] = {item: set() for item in flow.subscriptions_to(event)}
    for subscription, publication in flow.reactions(event):
        published[subscription].add(publication.event)
    for subscription, events in published.items():
        yield subscription, sorted(events)
