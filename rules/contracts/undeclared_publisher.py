"""Find publications by services that a contract does not name."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.flow_contract import PublishersContract, covers, is_of
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    contracts = [item.contract for item in flow.program.declared if isinstance(item.contract, PublishersContract)]
    for contract in contracts:
        owners = ", ".join(f"`{service}`" for service in contract.services)
        for publication in flow.program.publications:
            event = flow.event(publication.event)
            if not is_of(contract.events, (event.name, *event.aliases)) or is_test(publication.location.path):
                continue
            if not covers(contract.services, publication.service):
                yield rule.finding(
                    publication.location,
                    f"contract `{contract.name}`: `{publication.location.symbol or publication.service}` of"
                    f" `{publication.service}` publishes `{event.name}`, which only {owners} may; let that publish it",
                    event=event.name,
                    key=f"{contract.name} {event.name} {publication.location.symbol}",
                    cause=Cause(
                        f"{rule.code} {contract.name} {publication.service}",
                        f"publications of `{publication.service}` break contract `{contract.name}`, by which only {owners}"
                        " may publish such events",
                    ),
                )
