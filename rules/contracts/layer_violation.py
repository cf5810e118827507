"""Find handlers of events that come from a layer above."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding, Related
from evlint.model.flow_contract import LayersContract, is_of
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for declared in flow.program.declared:
        if isinstance(declared.contract, LayersContract):
            yield from _broken(flow, rule, declared.contract)


def _broken(flow: Flow, rule: Rule, contract: LayersContract) -> Iterator[Finding]:
    for event in flow.program.events:
        if not is_of(contract.events, (event.name, *event.aliases)):
            continue
        for subscription in flow.subscriptions_to(event.id):
            lower = contract.layer_of(subscription.service)
            for publication in flow.publications_of(event.id):
                upper = contract.layer_of(publication.service)
                if lower is None or upper is None or upper >= lower:
                    continue
                if is_test(subscription.handler_path) or is_test(publication.location.path):
                    continue
                yield rule.finding(
                    subscription.location,
                    f"contract `{contract.name}`: `{subscription.handler}` of `{subscription.service}` handles"
                    f" `{event.name}` of `{publication.service}`, a layer above; let the upper layer call or handle",
                    event=event.name,
                    related=(Related(publication.location, f"`{event.name}` is published here"),),
                    key=f"{contract.name} {event.name} {subscription.handler} {publication.service}",
                    cause=Cause(
                        f"{rule.code} {contract.name} {subscription.service} {publication.service}",
                        f"handlers of `{subscription.service}` take events of `{publication.service}`, a layer above it by"
                        f" contract `{contract.name}`",
                    ),
                )
