"""Find deliveries and handlers that are tried again without an end."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow, stands_in
from evlint.model.finding import Finding
from evlint.model.program import Action, Behaviour, Endless
from evlint.model.rule import Rule

REMEDY = "count the attempts, and set it aside as a dead letter after the last"
# Options of a subscription that return every failed message to its queue.
OPTIONS = {
    "retry=True": "every failed message goes back to its queue",
    "ack_policy=AckPolicy.NACK_ON_ERROR": "every failed message goes back to its queue",
    "max_retries=None": "the task is tried again for ever",
}


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for behaviour in flow.program.behaviours:
        name = _event(flow, behaviour.key)
        for action in behaviour.actions:
            if action.kind == "requeue" and _is_blind(flow, behaviour, action):
                yield rule.finding(
                    action.location,
                    f"`{behaviour.name}` puts {name} back on its queue whenever it fails, so a poison message comes back "
                    f"for ever and blocks the others; {REMEDY}",
                    key=f"{behaviour.name} {action.callee}",
                )
        for endless in behaviour.endless:
            if endless.kind == "relay" or (endless.kind == "decorator" and behaviour.key in flow.intakes):
                yield _repeated(rule, behaviour, endless, name)
    yield from _looped(flow, rule)
    yield from _configured(flow, rule)


def _event(flow: Flow, function: str) -> str:
    event = flow.taken(function)
    return f"`{event}`" if event else "a message"


def _is_blind(flow: Flow, behaviour: Behaviour, action: Action) -> bool:
    """Whether nothing but the failure itself decides that the message goes back."""
    if behaviour.limited or any(item.limited for item in flow.called(behaviour)):
        return False
    if action.callee.endswith(".process"):
        return True
    return any(
        catch.broad
        and stands_in(action, catch, catch.block)
        and not any(label.endswith((":if", ":else")) for label in action.blocks[len(catch.blocks) :])
        for catch in behaviour.catches
    )


def _repeated(rule: Rule, behaviour: Behaviour, endless: Endless, name: str) -> Finding:
    if endless.kind == "relay":
        what = f"an event that `{endless.callee}` cannot send is sent again in every round, without an end"
    elif endless.kind == "decorator":
        what = (
            f"`@{endless.callee}` tries `{behaviour.name}` again without an end, so one poison message stops all others"
        )
    else:
        what = (
            f"`{behaviour.name}` tries `{endless.callee}` again without an end, so {name} blocks all that come after it"
        )
    return rule.finding(endless.location, f"{what}; {REMEDY}", key=f"{behaviour.name} {endless.callee}")


def _looped(flow: Flow, rule: Rule) -> Iterator[Finding]:
    """Loops and decorators that repeat work for ever in a handler or in what it calls."""
    seen: set[tuple[str, int]] = set()
    for key in sorted(flow.intakes):
        behaviour = flow.behaviour(key)
        if behaviour is None:
            continue
        for item in (behaviour, *flow.called(behaviour)):
            for endless in item.endless:
                at = (endless.location.path, endless.location.line)
                own = endless.kind == "decorator" and item is behaviour
                if endless.kind != "relay" and not own and at not in seen:
                    seen.add(at)
                    yield _repeated(rule, item, endless, _event(flow, key))


def _configured(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for key, intakes in sorted(flow.intakes.items()):
        behaviour = flow.behaviour(key)
        intake = next((item for item in intakes if OPTIONS.keys() & set(item.options)), None)
        if behaviour is None or behaviour.limited or intake is None or intake.transport == "in-process":
            continue
        option = min(OPTIONS.keys() & set(intake.options))
        yield rule.finding(
            intake.registration,
            f"`{option}` on `{behaviour.name}`: {OPTIONS[option]}, so a poison message blocks all others; {REMEDY}",
            event=flow.taken(key),
            key=f"{behaviour.name} {option}",
        )
