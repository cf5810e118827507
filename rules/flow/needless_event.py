"""Find events between two functions of one module."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Finding, Related
from evlint.model.rule import Rule
from evlint.words.paths import is_test


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        sent, taken = flow.publications_of(event.id), flow.subscriptions_to(event.id)
        if len(sent) != 1 or len(taken) != 1 or event.external or flow.is_hook(event):
            continue
        (publication,), (subscription,) = sent, taken
        path = publication.location.path
        if publication.transport != "in-process" or publication.confidence == "likely" or is_test(path):
            continue
        if path == subscription.handler_path == subscription.location.path:
            yield rule.finding(
                publication.location,
                f"event `{event.name}` only leads to `{subscription.handler}` in the same module; call it directly",
                event=event.name,
                related=(Related(subscription.location, "the only handler"),),
                cause=Cause(
                    f"{rule.code} {publication.service}",
                    f"events of `{publication.service}` only lead to a function of their own module; call it directly,"
                    " or list in `external` those that others handle",
                ),
            )
