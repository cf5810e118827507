"""Find publishers that change an event after they made it."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for change in flow.program.changes:
        if change.by != "publisher" or is_test(change.location.path):
            continue
        event = flow.event(change.event)
        before = [
            item
            for item in flow.publications_of(event.id)
            if item.function == change.function and item.location < change.location
        ]
        if before:
            problem = "changed after it was published, so handlers see one thing and the rest of the code another"
        else:
            problem = "changed after it was made, so there is a moment in which it states what is not so"
        yield rule.finding(
            change.location,
            f"event `{event.name}` is {problem}; give `{change.field}` when it is made",
            event=event.name,
            related=tuple(Related(item.location, "published here") for item in before[:1]),
            key=f"{event.name}.{change.field} {change.location.symbol}",
        )
