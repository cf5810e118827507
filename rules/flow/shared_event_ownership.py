"""Find events that more than one service publishes."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Publication
from evlint.model.rule import Rule
from evlint.words.paths import is_test

# Folders whose code stands in for a service: repairs, demonstrations, trials.
ASIDE = frozenset({"scripts", "tools", "examples", "example", "smoke", "bench", "benchmarks", "demo", "migrations"})


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.external or "{}" in event.name:
            continue
        first: dict[str, Publication] = {}
        for item in flow.publications_of(event.id):
            if item.event == event.id and item.transport == "broker" and not _is_aside(item.location.path):
                first.setdefault(item.service, item)
        if len(first) < 2:
            continue
        owner, *others = sorted(first.values(), key=lambda item: item.location)
        named = ", ".join(f"`{service}`" for service in sorted(first))
        yield rule.finding(
            others[0].location,
            f"event `{event.name}` is published by {named}; let one service own it, and the others ask it or send their own",
            event=event.name,
            related=tuple(Related(item.location, f"published by `{item.service}`") for item in (owner, *others[1:])),
        )


def _is_aside(path: str) -> bool:
    return is_test(path) or not ASIDE.isdisjoint(path.split("/")[:-1])
