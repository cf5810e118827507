"""Find publishing coroutines that are dropped."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cure, Finding
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        if publication.asynchronous and not publication.consumed and publication.confidence != "likely":
            event = flow.event(publication.event)
            behaviour = flow.behaviour(publication.function)
            cure = Cure("await", f"Await `{publication.call}`", "unsafe")
            yield rule.finding(
                publication.location,
                f"`{publication.call}` makes a coroutine that is never awaited, so `{event.name}` is never sent; await it",
                event=event.name,
                key=f"{event.name} {publication.call}",
                # Only a coroutine can wait. What was never sent is sent from now on, which is no small change.
                cure=cure if behaviour is not None and behaviour.is_async else None,
            )
