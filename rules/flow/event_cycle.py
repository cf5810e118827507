"""Find events that bring about themselves."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for steps in flow.cycles():
        if any(step.confidence == "likely" or is_test(step.location.path) for step in steps):
            continue
        names = [flow.event(step.event).name for step in steps]
        if any("{}" in name for name in names):
            continue
        first = min(steps, key=lambda step: step.location)
        start = steps.index(first)
        rounds = [*names[start:], *names[:start], names[start]]
        yield rule.finding(
            first.location,
            f"events go round: {' → '.join(f'`{name}`' for name in rounds)}; break the circle, or say what ends it",
            event=names[start],
            related=tuple(
                Related(step.location, f"`{step.location.symbol}` sends `{flow.event(step.event).name}`")
                for step in steps
                if step is not first
            ),
            key=" ".join(sorted(names)),
        )
