"""Find handlers that change the event that they were given."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Change, EventType
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for change in flow.program.changes:
        event = flow.event(change.event)
        if change.by == "handler" and _is_shared(event) and not is_test(change.location.path):
            yield _finding(flow, rule, event, change)


def _is_shared(event: EventType) -> bool:
    """Whether handlers are given one and the same object; a broker gives each its own copy.

    What a framework defines may be made to be changed: a request, a response.
    """
    return event.kind == "class" and event.location is not None and "broker" not in event.transports


def _finding(flow: Flow, rule: Rule, event: EventType, change: Change) -> Finding:
    handlers = flow.subscriptions_to(event.id)
    name = next((item.handler for item in handlers if item.function == change.function), change.location.symbol)
    others = [item for item in handlers if item.function != change.function]
    seen = f", which {len(others)} other {'handlers' if len(others) > 1 else 'handler'} may see" if others else ""
    return rule.finding(
        change.location,
        f"handler `{name}` changes `{change.field}` of event `{event.name}`{seen};"
        " work on a copy, or publish a new event",
        event=event.name,
        related=tuple(Related(item.location, f"`{item.handler}` is given the same event") for item in others[:3]),
        key=f"{event.name}.{change.field} {name}",
    )
