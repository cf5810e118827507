"""Find events without a docstring."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.program import EventType
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.kind != "class" or event.location is None or event.docstring.strip():
            continue
        if flow.publications_of(event.id) or flow.subscriptions_to(event.id):
            yield rule.finding(
                event.location,
                f"event `{event.name}` does not say when it is sent or what it promises; give it a docstring",
                event=event.name,
                cause=_cause(flow, rule, event),
            )


def _cause(flow: Flow, rule: Rule, event: EventType) -> Cause:
    """The habit of whoever writes the events of a family, or else of a service."""
    root = flow.root(event)
    whose = f"derive from `{root.rpartition('.')[2]}`" if root else f"`{flow.owner(event.id)}` has"
    summary = f"events that {whose} do not say when they are sent or what they promise; give each a docstring"
    return Cause(f"{rule.code} {root or flow.owner(event.id)}", summary)
