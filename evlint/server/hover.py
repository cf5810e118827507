"""What is told about an event, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from evlint.model.program import EventType
from evlint.model.source import Location
from evlint.report.escape import visible
from evlint.server.index import Index

MOST = 20
_TICKS = re.compile(r"`+")

Uri = Callable[[str], str]


def hover(index: Index, event: str, uri: Uri) -> str:
    """Who publishes the event and who handles it, with links; `uri` turns a path into one."""
    return "\n".join(_lines(index, index.flow.event(event), uri))


def _lines(index: Index, event: EventType, uri: Uri) -> Iterator[str]:
    kind = "command" if event.is_command else f"{event.kind} event"
    yield f"**{code(event.name)}**: {kind}" + (f", {', '.join(event.transports)}" if event.transports else "")
    if event.aliases:
        yield from ("", "Also known as " + ", ".join(map(code, event.aliases)))
    if event.fields:
        yield from ("", "Fields " + ", ".join(code(f"{item.name}: {item.type or '?'}") for item in event.fields))
    published = {(item.location, item.location.symbol or item.call) for item in index.flow.publications_of(event.id)}
    yield from _places("Published by", "Published nowhere that evlint can see", sorted(published), uri)
    handled = {
        (place, item.handler)
        for item in index.flow.subscriptions_to(event.id)
        for place in index.handlers(event.id)
        if (place.path, place.line) == (item.handler_path, item.handler_line)
    }
    yield from _places("Handled by", "Handled nowhere that evlint can see", sorted(handled), uri)


def _places(what: str, none: str, places: list[tuple[Location, str]], uri: Uri) -> Iterator[str]:
    yield from ("", what if places else none)
    if places:
        yield ""
    for place, name in islice(places, MOST):
        target = f"{uri(place.path)}#L{place.line}"
        yield f"- {code(name)} in [{code(f'{place.path}:{place.line}')}](<{target}>)"
    if len(places) > MOST:
        yield f"- and {len(places) - MOST} more"


def code(text: str) -> str:
    """Text as it stands, whatever is in it: no Markdown, no HTML, no line of its own."""
    shown = visible(text)
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    # A space beside the fence belongs to it, so that a backtick may stand at either end.
    edge = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{edge}{shown}{edge}{fence}" if shown else "` `"
