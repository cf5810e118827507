"""Find handlers whose effect repeats when an event is delivered twice."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour, Subscription
from evlint.model.rule import Rule

DEPTH = 2


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    seen: set[str] = set()
    for subscription in flow.program.subscriptions:
        behaviour = flow.behaviour(subscription.function) if subscription.function else None
        if behaviour is None or behaviour.key in seen or not _is_redelivered(flow, subscription):
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


def _is_redelivered(flow: Flow, subscription: Subscription) -> bool:
    """Whether what delivers the event may do so twice."""
    if subscription.transport != "in-process":
        return True
    return any(item.transport == "broker" for item in flow.publications_of(subscription.event))


def _effect(flow: Flow, behaviour: Behaviour, depth: int) -> Action | None:
    """The first thing that a second delivery would do again."""
    read: set[str] = set()
    for action in behaviour.actions:
        receiver = action.callee.rpartition(".")[0]
        if action.kind == "read":
            read.add(receiver)
        # What was fetched, changed and stored again is set rather than added.
        if action.kind in ("send", "publish") or (
            action.kind == "write" and action.effect == "adds" and receiver not in read
        ):
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
