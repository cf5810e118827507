"""Find events that the schema lock does not know."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.rule import Rule
from evlint.schema.contracts import name_of
from evlint.schema.judge import stand


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    lock = flow.program.lock
    if lock is None:
        return
    standing = stand(flow, lock)
    raised = {contract.event: contract.version for contract in standing.raised}
    names = {*raised, *(contract.event for contract in standing.unknown)}
    missing = [event for event in flow.program.events if name_of(event) in names and event.location is not None]
    placed = sorted((event.location, event.name, name_of(event)) for event in missing if event.location is not None)
    cause = Cause(
        rule.code, "events are not in the schema lock, so nothing holds their contracts; run `evlint schema lock`"
    )
    for location, name, full in placed:
        what = f"version {raised[full]} of event `{name}`" if full in raised else f"event `{name}`"
        yield rule.finding(
            location,
            f"{what} is not in the schema lock, so nothing holds its contract; run `evlint schema lock`",
            event=name,
            cause=cause,
        )
