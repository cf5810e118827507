"""Find handlers in services that a contract does not name."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding
from evlint.model.flow_contract import ConsumersContract, covers, is_of
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    contracts = [item.contract for item in flow.program.declared if isinstance(item.contract, ConsumersContract)]
    for contract in contracts:
        allowed = ", ".join(f"`{service}`" for service in contract.services)
        for subscription in flow.program.subscriptions:
            event = flow.event(subscription.event)
            if not is_of(contract.events, (event.name, *event.aliases)) or is_test(subscription.handler_path):
                continue
            if not covers(contract.services, subscription.service):
                yield rule.finding(
                    subscription.location,
                    f"contract `{contract.name}`: `{subscription.handler}` of `{subscription.service}` handles"
                    f" `{event.name}`, which only {allowed} may; let that tell it, or amend the contract",
                    event=event.name,
                    key=f"{contract.name} {event.name} {subscription.handler}",
                    cause=Cause(
                        f"{rule.code} {contract.name} {subscription.service}",
                        f"handlers of `{subscription.service}` break contract `{contract.name}`, by which only {allowed}"
                        " may handle such events",
                    ),
                )
