"""Find handlers whose effect repeats when an event is delivered twice."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour
from evlint.model.rule import Rule

DEPTH = 2
# Evidence that makes a row the same row, and does not keep a total from growing.
SAME_ROW = frozenset({"upsert", "conflict handling"})
SETTLING = ("ack", "requeue", "reject")


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    redelivered = set(_redelivered(flow))
    for key in sorted(flow.intakes):
        behaviour = flow.behaviour(key)
        if behaviour is None or not _comes_twice(flow, key, redelivered):
            continue
        effect = _effect(flow, behaviour, DEPTH)
        if effect is not None and not _is_guarded(flow, behaviour, DEPTH, effect):
            name = flow.taken(key)
            event = f"`{name}`" if name else "the event"
            repeated = effect if effect.kind != "call" else _inner(flow, effect)
            yield rule.finding(
                behaviour.location,
                f"`{behaviour.name}` repeats `{effect.callee}` when {event} comes twice; keep its id in the same "
                "transaction, or upsert",
                event=name,
                related=(Related(repeated.location, f"`{repeated.callee}` is repeated"),),
                key=f"{name} {behaviour.name}",
            )


def _comes_twice(flow: Flow, key: str, redelivered: set[str]) -> bool:
    """Whether what delivers the event may do so twice: a broker, or a bus in the process that a broker feeds."""
    if any(intake.transport != "in-process" or intake.dialect in redelivered for intake in flow.intakes[key]):
        return True
    if not any(intake.dialect.startswith(("table:", "shape:")) for intake in flow.intakes[key]):
        return False
    events = {item.event for item in flow.handled.get(key, ())}
    return any(item.transport == "broker" for event in events for item in flow.publications_of(event)) or any(
        item.transport == "broker" for event in events for item in flow.subscriptions_to(event)
    )


def _redelivered(flow: Flow) -> Iterator[str]:
    """The tables and buses whose handlers run for what a broker delivers."""
    for behaviour in flow.program.behaviours:
        intakes = flow.intakes.get(behaviour.key, ())
        settles = any(action.kind in SETTLING for action in behaviour.actions)
        if settles or any(intake.transport != "in-process" for intake in intakes):
            yield from _delivered(flow, behaviour, DEPTH)


def _delivered(flow: Flow, behaviour: Behaviour, depth: int) -> Iterator[str]:
    yield from (action.target for action in behaviour.actions if action.kind == "deliver")
    for inner in flow.called(behaviour) if depth else ():
        yield from _delivered(flow, inner, depth - 1)


def _effect(flow: Flow, behaviour: Behaviour, depth: int) -> Action | None:
    """The first thing that a second delivery would do again."""
    read: set[str] = set()
    for action in behaviour.actions:
        receiver = action.callee.rpartition(".")[0]
        if any(":except" in label for label in action.blocks):
            continue
        if action.kind == "read":
            read.add(receiver)
        if action.kind in ("send", "publish") or action.effect == "counts":
            return action
        # What was fetched, changed and stored again is set rather than added.
        if action.kind == "write" and action.effect == "adds" and receiver not in read:
            return action
        inner = flow.behaviour(action.function) if action.function and depth else None
        if inner is not None and inner.key != behaviour.key and _effect(flow, inner, depth - 1) is not None:
            return action
    return None


def _inner(flow: Flow, action: Action) -> Action:
    behaviour = flow.behaviour(action.function)
    found = _effect(flow, behaviour, 1) if behaviour is not None else None
    return found or action


def _is_guarded(flow: Flow, behaviour: Behaviour, depth: int, effect: Action) -> bool:
    evidence = set(behaviour.guards)
    if evidence - SAME_ROW if effect.effect == "counts" else evidence:
        return True
    return any(_is_guarded(flow, inner, depth - 1, effect) for inner in flow.called(behaviour)) if depth else False
