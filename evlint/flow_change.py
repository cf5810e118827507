"""What a change adds to the flow, and what it takes away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from evlint.flow import Flow
from evlint.loose_ends import End, loose_ends
from evlint.model.program import EventType, Program, Publication, Subscription
from evlint.schema.contracts import contracts, name_of
from evlint.schema.judge import Judgement, stand
from evlint.words.paths import is_test


class Part(msgspec.Struct, frozen=True, order=True):
    """An end of an event that came or went: the name of the event, and the function with its service and place."""

    event: str
    function: str
    service: str
    path: str
    line: int


class LooseEnd(msgspec.Struct, frozen=True, order=True):
    """An event that has lost its publisher or its handlers, or never had them."""

    event: str
    lacks: End


class FlowChange(msgspec.Struct, frozen=True):
    """How one state of a program differs from an earlier one; events go by their name.

    `contracts` are changes of what events carry, with the handlers that they break. `cycles` are events that lead back
    to themselves and did not before. `loose` are ends that the change leaves loose, `tied` the events of which it
    ties them. `before` and `after` are the two states without their tests.
    """

    before: Program
    after: Program
    events_added: tuple[str, ...] = ()
    events_removed: tuple[str, ...] = ()
    publishers_added: tuple[Part, ...] = ()
    publishers_removed: tuple[Part, ...] = ()
    handlers_added: tuple[Part, ...] = ()
    handlers_removed: tuple[Part, ...] = ()
    contracts: tuple[Judgement, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    loose: tuple[LooseEnd, ...] = ()
    tied: tuple[str, ...] = ()

    @property
    def touched(self) -> frozenset[str]:
        """The names of all events that the change concerns."""
        parts = (*self.publishers_added, *self.publishers_removed, *self.handlers_added, *self.handlers_removed)
        names = {part.event for part in parts} | {*self.events_added, *self.events_removed}
        known = {name_of(event): event.name for event in self.after.events}
        return frozenset(names | {known[item.event] for item in self.contracts if item.event in known})

    def __bool__(self) -> bool:
        return bool(self.touched or self.cycles or self.loose or self.tied)


def compare(before: Program, after: Program) -> FlowChange:
    """Tell what the change from `before` to `after` does to the flow; code that only moved is no change."""
    old, new = Flow.of(_shipped(before)), Flow.of(_shipped(after))
    events_gone, events_new = _apart(_names(old), _names(new))
    published_gone, published_new = _parts(old, new, _publishers)
    handled_gone, handled_new = _parts(old, new, _handlers)
    ends_before, ends_after = _ends(old), _ends(new)
    return FlowChange(
        old.program,
        new.program,
        events_added=events_new,
        events_removed=events_gone,
        publishers_added=published_new,
        publishers_removed=published_gone,
        handlers_added=handled_new,
        handlers_removed=handled_gone,
        contracts=stand(new, contracts(old.program)).judgements,
        cycles=tuple(sorted(_cycles(new) - _cycles(old))),
        loose=tuple(
            LooseEnd(name, end) for name, end in sorted(ends_after.items()) if end and end != ends_before.get(name)
        ),
        tied=tuple(name for name, end in sorted(ends_after.items()) if not end and ends_before.get(name)),
    )


def _shipped(program: Program) -> Program:
    publications = tuple(item for item in program.publications if not is_test(item.location.path))
    subscriptions = tuple(item for item in program.subscriptions if not is_test(item.handler_path))
    used = {item.event for item in publications} | {item.event for item in subscriptions}
    events = tuple(event for event in program.events if event.id in used)
    return msgspec.structs.replace(program, publications=publications, subscriptions=subscriptions, events=events)


def _names(flow: Flow) -> list[str]:
    return [event.name for event in flow.program.events]


def _apart(before: Iterable[str], after: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    old, new = Counter(before), Counter(after)
    return tuple(sorted((old - new).elements())), tuple(sorted((new - old).elements()))


Ends = Callable[[Flow, EventType], Iterable[Part]]


def _publishers(flow: Flow, event: EventType) -> Iterable[Part]:
    for item in flow.publications_of(event.id):
        yield _part(event, item, item.location.symbol or "(module)", item.location.path, item.location.line)


def _handlers(flow: Flow, event: EventType) -> Iterable[Part]:
    for item in flow.subscriptions_to(event.id):
        yield _part(event, item, item.handler, item.handler_path, item.handler_line)


def _part(event: EventType, item: Publication | Subscription, function: str, path: str, line: int) -> Part:
    return Part(event.name, function, item.service, path, line)


def _parts(old: Flow, new: Flow, ends: Ends) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The ends that went and those that came; one that is in another file now has only moved."""
    before, after = (_by_name(flow, ends) for flow in (old, new))
    gone = {key: part for key, part in before.items() if key not in after}
    fresh = {key: part for key, part in after.items() if key not in before}
    return tuple(sorted(gone.values())), tuple(sorted(fresh.values()))


def _by_name(flow: Flow, ends: Ends) -> Mapping[tuple[str, str], Part]:
    found: dict[tuple[str, str], Part] = {}
    for event in flow.program.events:
        for part in ends(flow, event):
            key = part.event, part.function
            found[key] = min(part, found.get(key, part))
    return found


def _ends(flow: Flow) -> dict[str, End]:
    lacking = loose_ends(flow)
    return {event.name: lacking[event.id] for event in flow.program.events}


def _cycles(flow: Flow) -> set[tuple[str, ...]]:
    """Each knot of events as their names, the first of the alphabet first."""
    found = set()
    for publications in flow.cycles():
        names = [flow.event(item.event).name for item in publications]
        first = names.index(min(names))
        found.add((*names[first:], *names[:first]))
    return found
