"""Find events whose instances can be changed."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType
from evlint.model.rule import Rule

REMEDIES = {
    "dataclass": "make it `@dataclass(frozen=True)`",
    "attrs": "make it `@attrs.frozen`",
    "pydantic": "set `model_config = ConfigDict(frozen=True)`",
    "msgspec": "derive with `frozen=True`",
    "plain": "make it a frozen dataclass",
}


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.kind == "class" and event.location is not None and event.mutability == "mutable" and _holds(event):
            handlers = flow.subscriptions_to(event.id)
            related = tuple(
                Related(item.location, f"`{item.handler}` is given the event")
                for item in sorted(handlers, key=lambda item: item.location)[:3]
            )
            shared = f" by any of its {len(handlers)} handlers" if len(handlers) > 1 else ""
            yield rule.finding(
                event.location,
                f"event `{event.name}` can be changed{shared} after it was made; {REMEDIES.get(event.form, 'freeze it')}",
                event=event.name,
                related=related,
            )


def _holds(event: EventType) -> bool:
    """Whether there is anything in it to change; base classes are judged through what derives from them."""
    return not event.has_subclasses and bool(event.fields or event.form == "plain")
