"""Find handlers that take the same event twice."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Subscription
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str, str | None], Subscription] = {}
    for subscription in flow.program.subscriptions:
        path = subscription.location.path
        if not subscription.function or subscription.confidence == "likely" or is_test(path):
            continue
        key = (
            subscription.event,
            subscription.function,
            f"{path} {subscription.location.symbol}",
            subscription.channel,
        )
        first = seen.setdefault(key, subscription)
        if first is subscription or first.location == subscription.location:
            continue
        name = flow.event(subscription.event).name
        yield rule.finding(
            subscription.location,
            f"`{subscription.handler}` is registered again for `{name}` and runs twice for each; drop one",
            event=name,
            related=(Related(first.location, "registered first here"),),
            key=f"{name} {subscription.handler}",
        )
