"""Find handlers that read from the module that published their event."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Subscription
from evlint.model.rule import Rule
from evlint.words.paths import is_test

READING = re.compile(r"^(?:get|find|fetch|load|read|retrieve|lookup|query|list)(?:_|$)|_by_id$")


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for subscription in flow.program.subscriptions:
        if is_test(subscription.handler_path) or subscription.external:
            continue
        sent = {
            item.location.path: item
            for item in flow.publications_of(subscription.event)
            if item.location.path != subscription.handler_path and not is_test(item.location.path)
        }
        for action in _actions(flow, subscription) if sent else ():
            path = action.function.rpartition(":")[0]
            if path in sent and READING.search(action.callee.rpartition(".")[2]):
                event = flow.event(subscription.event)
                yield rule.finding(
                    action.location,
                    f"handler `{subscription.handler}` calls `{action.callee}` back where event `{event.name}` is"
                    " published; let the event carry what it needs",
                    event=event.name,
                    related=(Related(sent[path].location, "published here"),),
                    key=f"{event.name} {subscription.handler} {action.callee}",
                )


def _actions(flow: Flow, subscription: Subscription) -> Iterator[Action]:
    """What the handler does, itself and in the functions of its own file that it calls."""
    behaviour = flow.behaviour(subscription.function)
    for action in behaviour.actions if behaviour is not None else ():
        yield action
        inner = flow.behaviour(action.function) if action.function else None
        if inner is not None and inner.location.path == subscription.handler_path:
            yield from inner.actions
