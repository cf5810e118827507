"""Which events lack a publisher or a handler."""

from __future__ import annotations

from typing import Literal

from evlint.flow import Flow

End = Literal["", "unhandled", "unpublished", "unused"]


def loose_ends(flow: Flow) -> dict[str, End]:
    """What each event lacks, by its id; empty where it has both ends.

    A pattern or a base class has no publications of its own, but those of the events that it stands for.
    """
    events = flow.program.events
    published = {event.id for event in events if event.external or flow.publications_of(event.id)}
    handled = {event.id for event in events if flow.subscriptions_to(event.id)}
    reached = published | {site.event for event in published for site in flow.subscriptions_to(event)}
    return {event.id: _end(event.id in reached, event.id in handled) for event in events}


def _end(is_published: bool, is_handled: bool) -> End:
    if is_published:
        return "" if is_handled else "unhandled"
    return "unpublished" if is_handled else "unused"
