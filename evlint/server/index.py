"""The events of a program by the places that speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import msgspec

from evlint.flow import Flow
from evlint.model.program import EventType, Program
from evlint.model.source import Location, Span

Role = Literal["event", "publication", "subscription", "handler"]


class Mention(msgspec.Struct, frozen=True, order=True):
    """A place that has to do with an event: where it is defined, sent, subscribed to or handled.

    `label` is the event's name, or the function that sends or handles it. Where `is_head` the first line of the
    span counts alone: a class or function is about its event, and not all that stands in it.
    """

    location: Location
    role: Role
    event: str
    label: str
    is_head: bool

    def covers(self, line: int, column: int) -> bool:
        """Whether the place, counted from 1, is in it."""
        span = self.location.span
        if self.is_head:
            return line == span.line
        return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


class Index:
    """Answers for one state of a program; never changes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.flow = Flow.of(program)
        self._mentions: dict[str, list[Mention]] = {}
        for mention in sorted(_mentions(program)):
            self._mentions.setdefault(mention.location.path, []).append(mention)

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """The ids of events by all names that code calls them by."""
        found: dict[str, list[str]] = {}
        for event in self.program.events:
            for name in _names(event):
                found.setdefault(name, []).append(event.id)
        return found

    def in_file(self, path: str) -> list[Mention]:
        """What stands in a file, in order."""
        return self._mentions.get(path, [])

    def at(self, path: str, line: int, column: int, word: str = "") -> list[str]:
        """The ids of the events that a place is about; `word` is the name or text that stands there."""
        named = self._named.get(word, []) if word else []
        covering = [mention for mention in self.in_file(path) if mention.covers(line, column)]
        about = [mention.event for mention in covering if mention.event in named]
        if about or named:
            return list(dict.fromkeys(about or named))
        narrowest = min((_size(mention.location.span) for mention in covering), default=None)
        return list(dict.fromkeys(item.event for item in covering if _size(item.location.span) == narrowest))

    def definition(self, event: str) -> Location | None:
        """Where the event is defined, if that is in the program."""
        return self.flow.event(event).location

    def publishers(self, event: str) -> list[Location]:
        """Where it is sent."""
        return sorted({item.location for item in self.flow.publications_of(event)})

    def handlers(self, event: str) -> list[Location]:
        """Where the functions begin that handle it."""
        found = {
            Location(item.handler_path, _line(item.handler_line), item.handler)
            for item in self.flow.subscriptions_to(event)
        }
        return sorted(found)

    def references(self, event: str, *, with_definition: bool) -> list[Location]:
        """Every place of the program that has to do with it."""
        found = {*self.publishers(event), *self.handlers(event)}
        found |= {item.location for item in self.flow.subscriptions_to(event)}
        definition = self.definition(event)
        if definition is not None:
            found.discard(definition)
            found |= {definition} if with_definition else set()
        return sorted(found)

    def matching(self, query: str) -> Iterator[tuple[EventType, Location]]:
        """The events whose name holds the letters of the query in order, each with its place."""
        for event in self.program.events:
            if any(_holds(name, query) for name in _names(event)):
                place = event.location or next(iter([*self.publishers(event.id), *self.handlers(event.id)]), None)
                if place is not None:
                    yield event, place


def _mentions(program: Program) -> Iterator[Mention]:
    names = {event.id: event.name for event in program.events}
    for event in program.events:
        if event.location is not None:
            yield Mention(event.location, "event", event.id, event.name, is_head=True)
    for item in program.publications:
        yield Mention(item.location, "publication", item.event, names[item.event], is_head=False)
    for taken in program.subscriptions:
        begins = Location(taken.handler_path, _line(taken.handler_line), taken.handler)
        yield Mention(begins, "handler", taken.event, names[taken.event], is_head=True)
        if (taken.location.path, taken.location.line) != (begins.path, begins.line):
            yield Mention(taken.location, "subscription", taken.event, names[taken.event], is_head=False)


def _line(number: int) -> Span:
    return Span(number, 1, number, 1)


def _size(span: Span) -> tuple[int, int]:
    return span.end_line - span.line, span.end_column - span.column


def _names(event: EventType) -> Iterable[str]:
    return {event.name, *event.aliases, event.name.rpartition(".")[2]} - {""}


def _holds(name: str, query: str) -> bool:
    letters = iter(name.casefold())
    return all(letter in letters for letter in query.casefold())
