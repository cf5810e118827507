"""Find handlers whose effect repeats when an event is delivered twice."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour
from evlint.model.rule import Rule

DEPTH = 2


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    seen: set[str] = set()
    for subscription in flow.program.subscriptions:
        behaviour = flow.behaviour(subscription.function) if subscription.function else None
        if subscription.transport == "in-process" or behaviour is None or behaviour.key in seen:
            continue
        seen.add(behaviour.key)
        effect = _effect(flow, behaviour, DEPTH)
        if effect is not None and not _is_guarded(flow, behaviour, DEPTH):
            event = flow.event(subscription.event)
            yield rule.finding(
                behaviour.location,
                f"handler `{subscription.handler}` of `{event.name}` repeats `{effect.callee}` when the event comes twice; "
                "remember its id in the same transaction, or make the effect an upsert",
                event=event.name,
                related=(Related(effect.location, f"`{effect.callee}` is repeated"),),
                key=f"{event.name} {subscription.handler}",
            )


def _effect(flow: Flow, behaviour: Behaviour, depth: int) -> Action | None:
    """The first thing that a second delivery would do again."""
    for action in behaviour.actions:
        if action.kind == "send" or (action.kind == "write" and action.effect == "adds"):
            return action
        inner = flow.behaviour(action.function) if action.function and depth else None
        if inner is not None and inner.key != behaviour.key:
            found = _effect(flow, inner, depth - 1)
            if found is not None:
                return action
    return None


def _is_guarded(flow: Flow, behaviour: Behaviour, depth: int) -> bool:
    if behaviour.guards:
        return True
    inner = [flow.behaviour(action.function) for action in behaviour.actions if action.function and depth]
    return any(item is not None and item.key != behaviour.key and _is_guarded(flow, item, depth - 1) for item in inner)
