"""Find patterns of contracts that fit nothing."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.flow_contract import FlowContract, covers, is_of, services_in
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for declared in flow.program.declared:
        if declared.location is None:
            continue
        for what, pattern, near in _unmatched(flow, declared.contract):
            hint = f"did you mean `{near}`?" if near else "correct it, or take it out"
            yield rule.finding(
                declared.location,
                f"contract `{declared.contract.name}`: no {what} of the program fits `{pattern}`; {hint}",
                key=f"{declared.contract.name} {what} {pattern}",
            )


def _unmatched(flow: Flow, contract: FlowContract) -> Iterator[tuple[str, str, str]]:
    """What each pattern is of that fits nothing, the pattern, and what there is that is nearest to it."""
    services = [service.id for service in flow.program.services]
    for pattern in services_in(contract):
        if pattern != "*" and not any(covers((pattern,), service) for service in services):
            yield "service", pattern, next(iter(get_close_matches(pattern, services, 1, 0.8)), "")
    names = [(event.name, *event.aliases) for event in flow.program.events]
    for pattern in contract.events:
        if pattern != "*" and not any(is_of((pattern,), known) for known in names):
            known = [name for group in names for name in group]
            yield "event", pattern, next(iter(get_close_matches(pattern, known, 1, 0.8)), "")
