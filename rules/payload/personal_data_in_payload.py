"""Find events that carry personal data."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding, Related
from evlint.model.program import EventType, Field
from evlint.model.rule import Rule
from evlint.words.sensitive import classify


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    allow: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    for event in flow.program.events:
        found = [field for field in event.fields if _is_personal(event, field, options)]
        if found and event.location is not None and not event.has_subclasses:
            names = ", ".join(f"`{field.name}`" for field in found)
            consumers = len(flow.subscriptions_to(event.id))
            reach = f"its {consumers} handlers" if consumers > 1 else "every subscriber"
            yield rule.finding(
                event.location,
                f"event `{event.name}` hands personal data to {reach}: {names}; send an id and let those who need more ask",
                event=event.name,
                related=tuple(Related(field.location, f"`{field.name}`") for field in found),
                key=f"{event.name}: {' '.join(field.name for field in found)}",
                cause=_cause(flow, rule, event, found),
            )


def _cause(flow: Flow, rule: Rule, event: EventType, found: list[Field]) -> Cause:
    """The class that declares the fields for all that derive from it, or else the service whose habit it is."""
    (owner, *others) = sorted({field.declared_in for field in found})
    names = ", ".join(f"`{field.name}`" for field in found)
    if owner and not others and owner != event.id.removeprefix("class:"):
        summary = (
            f"events hand the personal data of `{owner.rpartition('.')[2]}` to every subscriber: {names}; send an id"
        )
        return Cause(f"{rule.code} {owner} {names}", summary, 2)
    service = flow.owner(event.id)
    summary = f"events of `{service}` hand personal data to every subscriber; send ids and let those who need more ask"
    return Cause(f"{rule.code} {service}", summary)


def _is_personal(event: EventType, field: Field, options: Options) -> bool:
    if field.name in options.allow or f"{event.name}.{field.name}" in options.allow:
        return False
    found = classify(field.name, field.types, event.name)
    return found is not None and not found.is_secret
