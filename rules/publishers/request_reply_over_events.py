"""Find events that ask for an answer."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        if not publication.reply or publication.confidence == "likely":
            continue
        event = flow.event(publication.event)
        how = "waits for the answer to" if publication.reply == "awaited" else "says where to answer"
        yield rule.finding(
            publication.location,
            f"`{publication.location.symbol or publication.service}` {how} `{event.name}`, which makes a call out of an event; call the other "
            "side directly, or go on when its own event comes",
            event=event.name,
            key=f"{event.name} {publication.location.symbol}",
        )
