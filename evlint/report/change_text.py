"""What a change does to the flow, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow_change import FlowChange, Part
from evlint.report.context import Context
from evlint.report.escape import terminal

LACKS = {"unhandled": "nothing handles it", "unpublished": "nothing publishes it", "unused": "it is not used"}


def render(change: FlowChange, context: Context) -> str:
    """List what came (`+`), what went (`-`), what changed (`~`) and what to mind (`!`)."""
    return "".join(f"{line}\n" for line in _lines(change)) or "The event flow is as it was\n"


def _lines(change: FlowChange) -> Iterator[str]:
    for sign, names in (("+", change.events_added), ("-", change.events_removed)):
        yield from (f"{sign} event {terminal(name)}" for name in names)
    for sign, noun, parts in (
        ("+", "publishes", change.publishers_added),
        ("-", "publishes", change.publishers_removed),
        ("+", "handles", change.handlers_added),
        ("-", "handles", change.handlers_removed),
    ):
        yield from (f"{sign} {_part(part, noun)}" for part in parts)
    for item in change.contracts:
        name = item.event.rpartition(".")[2]
        yield f"~ {terminal(name)}: {terminal(item.change.text)}{' (breaking)' if item.breaking else ''}"
        for hit in item.hits:
            yield f"    breaks {terminal(hit.handler)}, {terminal(hit.location.path)}:{hit.location.line}: {terminal(hit.why)}"
    yield from (f"! cycle: {' → '.join(map(terminal, (*names, names[0])))}" for names in change.cycles)
    yield from (f"! {terminal(end.event)}: {LACKS[end.lacks]}" for end in change.loose)
    yield from (f"+ {terminal(name)} has both ends now" for name in change.tied)


def _part(part: Part, verb: str) -> str:
    who = f"{terminal(part.function)} of {terminal(part.service)}"
    return f"{who} {verb} {terminal(part.event)}  {terminal(part.path)}:{part.line}"
