"""Find events without a docstring."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.kind != "class" or event.location is None or event.docstring.strip() or is_test(event.location.path):
            continue
        if flow.publications_of(event.id) or flow.subscriptions_to(event.id):
            yield rule.finding(
                event.location,
                f"event `{event.name}` does not say when it is sent or what it promises; give it a docstring",
                event=event.name,
            )
