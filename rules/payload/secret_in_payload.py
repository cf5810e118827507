"""Find secrets among the fields of events."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.rule import Rule
from evlint.words.sensitive import classify, secret_literal


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    allow: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    for event in flow.program.events:
        for field in event.fields:
            if field.name in options.allow or f"{event.name}.{field.name}" in options.allow:
                continue
            key = f"{event.name}.{field.name}"
            literal = secret_literal(field.default or "")
            if literal:
                message = f"field `{field.name}` of event `{event.name}` has {literal} as its default; take it out"
                yield rule.finding(field.location, message, event=event.name, key=key)
                continue
            found = classify(field.name, field.types, event.name)
            if found is not None and found.is_secret and found.tier == "certain":
                consumers = len(flow.subscriptions_to(event.id))
                reach = f"{consumers} handlers" if consumers > 1 else "every subscriber"
                yield rule.finding(
                    field.location,
                    f"event `{event.name}` publishes `{field.name}` ({found.category}) to {reach}; send a reference instead",
                    event=event.name,
                    key=key,
                    cause=Cause(
                        f"{rule.code} {field.declared_in}.{field.name}",
                        f"events have the field `{field.name}` ({found.category}) of `{field.declared_in.rpartition('.')[2]}`"
                        " and publish it; send a reference instead",
                        2,
                    ),
                )
