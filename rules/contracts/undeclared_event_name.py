"""Find events that are not named as their contract says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.flow_contract import NamingContract, covers, is_of
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for declared in flow.program.declared:
        if isinstance(declared.contract, NamingContract):
            yield from _misnamed(flow, rule, declared.contract)


def _misnamed(flow: Flow, rule: Rule, contract: NamingContract) -> Iterator[Finding]:
    wanted = re.compile(contract.pattern)
    for event in flow.program.events:
        if event.has_subclasses or "{}" in event.name or not is_of(contract.events, (event.name, *event.aliases)):
            continue
        sent = [
            item
            for item in flow.publications_of(event.id)
            if covers(contract.services, item.service) and not is_test(item.location.path)
        ]
        if sent and not wanted.fullmatch(event.name):
            yield rule.finding(
                event.location or sent[0].location,
                f"contract `{contract.name}`: event `{event.name}` of `{sent[0].service}` is not named like"
                f" `{contract.pattern}`; rename it, or amend the contract",
                event=event.name,
                key=f"{contract.name} {event.name}",
                cause=Cause(
                    f"{rule.code} {contract.name} {sent[0].service}",
                    f"events of `{sent[0].service}` are not named as contract `{contract.name}` says, like `{contract.pattern}`",
                ),
            )
