"""Find events that set off a long chain of others."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.rule import Rule


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    longest: int = 5


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    for start, steps in flow.longest_chains():
        sent = [item for item in flow.publications_of(start) if item.event == start]
        if len(steps) < options.longest or not sent:
            continue
        names = [flow.event(start).name, *(flow.event(step.event).name for step in steps)]
        yield rule.finding(
            sent[0].location,
            f"`{names[0]}` sets off {len(steps)} events in a row, up to `{names[-1]}`;"
            " describe the process in one place, or shorten it",
            event=names[0],
            related=tuple(Related(step.location, f"then `{flow.event(step.event).name}`") for step in steps),
        )
