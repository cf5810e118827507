"""Find publishing coroutines that are dropped."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        if publication.asynchronous and not publication.consumed and publication.confidence != "likely":
            event = flow.event(publication.event)
            yield rule.finding(
                publication.location,
                f"`{publication.call}` makes a coroutine that is never awaited, so `{event.name}` is never sent; await it",
                event=event.name,
                key=f"{event.name} {publication.call}",
            )
