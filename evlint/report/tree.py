"""The event flow as a tree for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from evlint.flow import Flow
from evlint.loose_ends import loose_ends
from evlint.model.program import EventType, Program, Publication, Subscription
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.escape import terminal

NO_SERVICE = "(no service)"
MAX_ALIASES = 2
# Beyond this, rows on a wide screen are harder to follow than broken ones.
MAX_WIDTH = 110
LOOSE_ENDS = (
    ("Published, no handler found", "unhandled"),
    ("Handled, no publisher found", "unpublished"),
    ("Neither published nor handled", "unused"),
)


class Row(msgspec.Struct, frozen=True, order=True):
    """One line of the tree: what it says, and the place that it speaks of."""

    text: str
    place: str


def render(program: Program, context: Context) -> str:
    """Render services, their events, and who publishes and handles each; then what is missing or unknown."""
    flow = Flow.of(program)
    width = min(context.width, MAX_WIDTH)
    lines: list[str] = []
    for service, events in _by_service(flow):
        lines += [terminal(service), *_branch([(event, _sites(flow, event)) for event in events], width), ""]
    return "".join(f"{line.rstrip()}\n" for line in (*lines, *_summary(flow, width)))


def _by_service(flow: Flow) -> list[tuple[str, list[EventType]]]:
    """Put each event under the service that publishes it, or else under one that handles it."""
    grouped: dict[str, list[EventType]] = {}
    for event in flow.program.events:
        grouped.setdefault(_owner(flow, event) or NO_SERVICE, []).append(event)
    ranked = sorted(grouped.items(), key=lambda item: (item[0] == NO_SERVICE, item[0]))
    return [(service, sorted(events, key=lambda event: (event.name, event.id))) for service, events in ranked]


def _owner(flow: Flow, event: EventType) -> str:
    sites = flow.publications_of(event.id) or flow.subscriptions_to(event.id)
    return min((site.service for site in sites), default="")


def _sites(flow: Flow, event: EventType) -> list[Row]:
    published, handled = flow.publications_of(event.id), flow.subscriptions_to(event.id)
    owner = _owner(flow, event)
    rows = sorted(
        Row(f"published by {_who(site, site.location.symbol or 'the module', owner)}", _place(site.location))
        for site in published
    )
    rows += sorted(
        Row(
            f"handled by   {_who(site, site.handler, owner)}",
            terminal(f"{site.handler_path}:{site.handler_line}"),
        )
        for site in handled
    )
    return list(dict.fromkeys(rows))


def _who(site: Publication | Subscription, function: str, owner: str) -> str:
    service = f" of {terminal(site.service)}" if site.service and site.service != owner else ""
    return f"{terminal(function)}{service}{' (likely)' if site.confidence == 'likely' else ''}"


def _branch(events: Sequence[tuple[EventType, Sequence[Row]]], width: int) -> Iterator[str]:
    for number, (event, rows) in enumerate(events, 1):
        last = number == len(events)
        yield from _line("╰─ " if last else "├─ ", _name(event), _defined(event), width)
        trunk = "   " if last else "│  "
        for row_number, row in enumerate(rows, 1):
            joint = "╰─ " if row_number == len(rows) else "├─ "
            yield from _line(trunk + joint, row.text, row.place, width)


def _name(event: EventType) -> str:
    aliases = [*event.aliases[:MAX_ALIASES], *(["…"] if len(event.aliases) > MAX_ALIASES else [])]
    return terminal(event.name) + (f" = {', '.join(map(terminal, aliases))}" if aliases else "")


def _line(branch: str, text: str, place: str, width: int) -> Iterator[str]:
    """Set the place at the right margin, or, where there is no room, below the text."""
    room = width - len(branch) - len(text) - len(place)
    if room >= 2:
        yield f"{branch}{text}{' ' * room}{place}"
    else:
        yield branch + text
        yield branch.replace("├─", "│ ").replace("╰─", "  ") + place


def _summary(flow: Flow, width: int) -> Iterator[str]:
    program = flow.program
    yield (
        f"{_count(len(program.services), 'service')}, {_count(len(program.events), 'event')}, "
        f"{_count(len(program.publications), 'publication')}, {_count(len(program.subscriptions), 'subscription')}"
    )
    for heading, events in _loose_ends(flow):
        yield from _section(heading, [(_name(event), _defined(event)) for event in events], width)
    unresolved = [(f"{site.role}: {terminal(site.reason)}", _place(site.location)) for site in program.unresolved]
    yield from _section("Not resolved", unresolved, width)


def _loose_ends(flow: Flow) -> Iterator[tuple[str, list[EventType]]]:
    lacking = loose_ends(flow)
    for heading, end in LOOSE_ENDS:
        yield heading, [event for event in flow.program.events if lacking[event.id] == end]


def _section(heading: str, rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    if rows:
        yield ""
        yield f"{heading} ({len(rows)})"
        for text, place in rows:
            yield from _line("   ", text, place, width)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _defined(event: EventType) -> str:
    if event.location:
        return _place(event.location)
    return "topic" if event.kind == "topic" else "defined elsewhere"


def _place(location: Location) -> str:
    return f"{terminal(location.path)}:{location.line}"
