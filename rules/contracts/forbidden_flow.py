"""Find events that get from one service to another although a contract forbids it."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding, Related
from evlint.model.flow_contract import ForbiddenContract, covers, is_of
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for declared in flow.program.declared:
        if isinstance(declared.contract, ForbiddenContract):
            yield from _broken(flow, rule, declared.contract)


def _broken(flow: Flow, rule: Rule, contract: ForbiddenContract) -> Iterator[Finding]:
    for event in flow.program.events:
        if not is_of(contract.events, (event.name, *event.aliases)):
            continue
        sent = [
            item
            for item in flow.publications_of(event.id)
            if covers(contract.senders, item.service) and not is_test(item.location.path)
        ]
        for subscription in flow.subscriptions_to(event.id) if sent else ():
            if not covers(contract.takers, subscription.service) or is_test(subscription.handler_path):
                continue
            yield rule.finding(
                subscription.location,
                f"contract `{contract.name}`: `{subscription.handler}` of `{subscription.service}` handles `{event.name}` of"
                f" `{sent[0].service}`, which it forbids; go through a service that may, or amend the contract",
                event=event.name,
                related=(Related(sent[0].location, f"`{event.name}` is published here"),),
                key=f"{contract.name} {event.name} {subscription.handler}",
                cause=Cause(
                    f"{rule.code} {contract.name} {subscription.service}",
                    f"handlers of `{subscription.service}` take what contract `{contract.name}` forbids them to",
                ),
            )
