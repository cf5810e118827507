"""Find events whose instances can be changed."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Cure, Finding, Related
from evlint.model.program import EventType
from evlint.model.rule import Rule

REMEDIES = {
    "dataclass": "make it `@dataclass(frozen=True)`",
    "attrs": "make it `@attrs.frozen`",
    "pydantic": "set `model_config = ConfigDict(frozen=True)`",
    "msgspec": "derive with `frozen=True`",
    "plain": "make it a frozen dataclass",
}
# A plain class would have to be written anew.
FREEZABLE = frozenset({"dataclass", "attrs", "pydantic", "msgspec"})


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
                cure=_cure(flow, event),
                cause=_cause(flow, rule, event),
            )


def _cause(flow: Flow, rule: Rule, event: EventType) -> Cause | None:
    """The base class that the event has in common with others: a class cannot be frozen where its base is not."""
    root = flow.root(event)
    name = root.rpartition(".")[2]
    summary = f"events that derive from `{name}` can be changed after they were made; freeze `{name}`, then what derives from it"
    return Cause(f"{rule.code} {root}", summary) if root else None


def _holds(event: EventType) -> bool:
    """Whether there is anything in it to change; base classes are judged through what derives from them."""
    return not event.has_subclasses and bool(event.fields or event.form == "plain")


def _cure(flow: Flow, event: EventType) -> Cure | None:
    """Freezing it, unless something is known to change it."""
    if event.form not in FREEZABLE or any(change.event == event.id for change in flow.program.changes):
        return None
    return Cure("freeze", f"Freeze `{event.name}`", "safe", event.id)
