"""Find handlers whose event is acknowledged before its work is done."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow, can_follow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour
from evlint.model.rule import Rule

EARLY = frozenset(
    {"auto_ack=True", "no_ack=True", "ack_policy=AckPolicy.ACK_FIRST", "ack_first=True", "noack=True", "NoAck=True"}
)
DEPTH = 2


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for key, intakes in sorted(flow.intakes.items()):
        behaviour = flow.behaviour(key)
        if behaviour is None or intakes[0].transport == "in-process":
            continue
        name = flow.taken(key)
        event = f"`{name}`" if name else "the event"
        early = next((intake for intake in intakes if EARLY & set(intake.options)), None)
        work = _work(flow, behaviour, DEPTH) if early is not None else None
        found = _acknowledged(flow, behaviour) if early is None else None
        if early is not None and work is not None:
            option = min(EARLY & set(early.options))
            yield rule.finding(
                early.registration,
                f"`{option}`: the broker forgets {event} before `{behaviour.name}` has done `{work.callee}`, so a crash "
                "loses it; acknowledge after the work",
                event=name,
                related=(Related(work.location, f"`{work.callee}` is lost in a crash"),),
                key=f"{name} {behaviour.name}",
            )
        elif found is not None:
            ack, later = found
            yield rule.finding(
                ack.location,
                f"`{behaviour.name}` acknowledges {event} before `{later.callee}`, so a failure there loses it; "
                "acknowledge after the work",
                event=name,
                related=(Related(later.location, f"`{later.callee}` comes after the acknowledgement"),),
                key=f"{name} {behaviour.name}",
            )


def _work(flow: Flow, behaviour: Behaviour, depth: int) -> Action | None:
    """The first lasting thing that the function does, itself or by what it calls."""
    for action in behaviour.actions:
        if action.kind in ("write", "send", "publish", "commit"):
            return action
        inner = flow.behaviour(action.function) if action.function and depth else None
        if inner is not None and inner.key != behaviour.key and _work(flow, inner, depth - 1) is not None:
            return action
    return None


def _acknowledged(flow: Flow, behaviour: Behaviour) -> tuple[Action, Action] | None:
    """The acknowledgement, and the work of the same delivery that comes after it."""
    for number, action in enumerate(behaviour.actions):
        if action.kind != "ack" or any("except" in label or label.endswith(":finally") for label in action.blocks):
            continue
        for later in behaviour.actions[number + 1 :]:
            if later.kind in ("return", "raise", "ack") and later.blocks == action.blocks[: len(later.blocks)]:
                break
            if not can_follow(action.blocks, later.blocks) or any("except" in label for label in later.blocks):
                continue
            if _loops(action) != _loops(later):
                continue
            inner = flow.behaviour(later.function) if later.function else None
            if later.kind in ("write", "send", "publish") or (inner is not None and _work(flow, inner, 1) is not None):
                return action, later
    return None


def _loops(action: Action) -> tuple[str, ...]:
    return tuple(label for label in action.blocks if label.endswith(":for"))
