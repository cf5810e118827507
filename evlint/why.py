"""Tell why a place, or a name, is or is not part of the event flow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from evlint.app import Linked
from evlint.model.errors import UsageError
from evlint.model.program import EventType, Program, Publication, Subscription
from evlint.model.source import Location, Span
from evlint.model.why import Reason

PLACE = re.compile(r"(?P<path>.+):(?P<line>\d+)(?::\d+)?$")
# How what no dialect file describes is recognised, by the dialect that facts state.
GROUNDS = {
    "shape": "`{}` is a bus by its shape: what is registered there is stored, and called with what is published",
    "table": "the dict `{}` pairs events with their handlers",
    "spoken": "the receiver is named like a bus, and an event class is what it is given",
    "injected": "the function was handed over by somebody, and is named like one that publishes",
    "recorded": "the event is put into a buffer of events, which somebody publishes later",
    "subscriber": "the handler says itself which events it takes",
    "multibind": "a container binds the handler to the event",
}


def of_place(linked: Linked, place: str) -> list[Reason]:
    """The facts in the line that `place` names as `path:line`, or why there are none."""
    match = PLACE.match(place)
    assert match is not None
    path, line = os.path.normpath(match["path"]).replace(os.sep, "/"), int(match["line"])
    program = linked.program
    skipped = next((file for file in program.skipped if file.path == path), None)
    if skipped is not None:
        return [Reason(_at(path, skipped.line), path, "nothing", (f"the file cannot be read: {skipped.reason}",))]
    if path not in linked.paths:
        return [_not_read(path)]
    titles = {dialect.id: dialect.dialect.title for dialect in linked.dialects}
    known = [*_facts(program, path, line, titles), *_unresolved(program, path, line, titles)]
    told = {reason.location.line for reason in known if reason.location is not None}
    rest = [] if line in told else linked.linker.explain(path, line, linked.dialects)
    return [*known, *rest] or [Reason(_at(path, line), f"{path}:{line}", "nothing", ("no call or class begins there",))]


def of_event(linked: Linked, name: str) -> list[Reason]:
    """Where the events of that name, or whose id or alias it is, are defined, published and handled."""
    program = linked.program
    wanted = name.casefold()
    found = [
        event
        for event in program.events
        if wanted in {item.casefold() for item in (event.name, event.id, event.id.partition(":")[2], *event.aliases)}
    ]
    if not found:
        known = sorted({label for event in program.events for label in (event.name, *event.aliases)})
        near = get_close_matches(name, known, 3, 0.6)
        hint = f"did you mean {', '.join(f'`{item}`' for item in near)}?" if near else "`evlint graph` lists the events"
        raise UsageError(f"no event is called `{name}`, and no file `PATH:LINE`", hint)
    titles = {dialect.id: dialect.dialect.title for dialect in linked.dialects}
    return [_event(program, event, titles) for event in found]


def _at(path: str, line: int) -> Location:
    return Location(path, Span(line, 1, line, 1))


def _not_read(path: str) -> Reason:
    if not os.path.exists(path):
        raise UsageError(f"no such file: `{path}`", "give a path as reports print it")
    because = "the file is not among those that are analysed: it is excluded, ignored by git, or no Python"
    return Reason(_at(path, 1), path, "nothing", (because,), "name the file itself as a further argument")


def _facts(program: Program, path: str, line: int, titles: Mapping[str, str]) -> Iterator[Reason]:
    names = {event.id: event.name for event in program.events}
    for event in program.events:
        if event.location is not None and event.location.path == path and event.location.line == line:
            yield _event(program, event, titles)
    for item in program.publications:
        if item.location.path == path and _covers(item.location.span, line):
            subject = f"`{item.call}` publishes `{names[item.event]}`"
            yield Reason(item.location, subject, "fact", _grounds(item, titles))
    for taken in program.subscriptions:
        here = taken.location.path == path and _covers(taken.location.span, line)
        if here or (taken.handler_path == path and taken.handler_line == line):
            subject = f"`{taken.handler}` handles `{names[taken.event]}`"
            yield Reason(taken.location, subject, "fact", _grounds(taken, titles))


def _covers(span: Span, line: int) -> bool:
    return span.line <= line <= span.end_line


def _grounds(item: Publication | Subscription, titles: Mapping[str, str]) -> tuple[str, ...]:
    return (_ground(item.dialect, titles), f"{item.confidence}, {item.transport}, as `{item.event}`")


def _ground(dialect: str, titles: Mapping[str, str]) -> str:
    kind, _, name = dialect.partition(":")
    if kind in GROUNDS:
        return GROUNDS[kind].format(name)
    return f"{titles.get(dialect, dialect)} knows it (dialect `{dialect}`)"


def _unresolved(program: Program, path: str, line: int, titles: Mapping[str, str]) -> Iterator[Reason]:
    for item in program.unresolved:
        if item.location.path == path and _covers(item.location.span, line):
            yield Reason(
                item.location,
                f"a {item.role} whose event has no name",
                "unresolved",
                (_ground(item.dialect, titles), item.reason),
                "a literal, a constant, or an annotated event class in this place would name it",
            )


def _event(program: Program, event: EventType, titles: Mapping[str, str]) -> Reason:
    """Declared, published and handled are three facts, and each may be missing."""
    published = [item for item in program.publications if item.event == event.id]
    handled = [item for item in program.subscriptions if item.event == event.id]
    where = f"{event.location.path}:{event.location.line}" if event.location is not None else "outside the program"
    lines = [f"declared {where}, as `{event.id}`: {_ground(event.dialect, titles)}"]
    if event.aliases:
        lines.append("also known as " + ", ".join(f"`{name}`" for name in event.aliases))
    lines += _places("published", [(item.location, item.call, item.dialect) for item in published])
    lines += _places("handled", [(item.location, item.handler, item.dialect) for item in handled])
    return Reason(event.location, f"event `{event.name}`", "fact", tuple(lines))


def _places(what: str, places: Iterable[tuple[Location, str, str]]) -> list[str]:
    lines = [f"{what} {item.path}:{item.line} by `{by}` ({dialect})" for item, by, dialect in sorted(set(places))]
    return lines or [f"{what} nowhere that evlint can see"]
