"""Find except clauses by which an event vanishes when its handler fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow, stands_in
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour, Catch
from evlint.model.rule import Rule

# Brokers that hand out again what was not acknowledged in time, and set aside what failed too often.
LEASES = ("boto3", "google-pubsub", "nats-py")
EFFECTS = ("write", "send", "publish")
REMEDY = "to be retried or kept as a dead letter"
PARSING = re.compile(
    r"^_*(?:loads?|parse\w*|decode|deserial\w*|model_validate\w*|validate\w*|from_\w+|to_\w+|get|poll|getone|getmany"
    r"|receive\w*|fetch\w*|ack|sleep|strip|split|format|append|items|commit|start|stop|connect|close|flush|process"
    r"|extract\w*|read\w*|value|key|headers|topic|error|offset|partition|timestamp|subscribe\w*|basic_\w+|queue_\w+|exchange_\w+|channel)$"
)


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    reported: set[str] = set()
    for behaviour in flow.program.behaviours:
        for catch in behaviour.catches:
            lost = _lost(flow, behaviour, catch)
            if lost is not None:
                reported.add(behaviour.key)
                yield _finding(flow, rule, behaviour, catch, lost)
    for key in sorted(flow.intakes.keys() - reported):
        yield from _hidden(flow, rule, key)


def _finding(flow: Flow, rule: Rule, behaviour: Behaviour, catch: Catch, lost: Action) -> Finding:
    event = flow.taken(behaviour.key)
    if lost.kind == "deliver":
        message = (
            f"`{behaviour.name}` drops what a handler raises, and the event counts as handled; raise it at the end, "
            "or keep the event for a retry"
        )
    else:
        message = f"`{behaviour.name}` drops the failure of `{lost.callee}`, and {_quoted(event)} with it; let it raise, {REMEDY}"
    return rule.finding(
        catch.location,
        message,
        event=event,
        related=(Related(lost.location, f"`{lost.callee}` may fail"),),
        key=f"{event} {behaviour.name}",
    )


def _quoted(event: str) -> str:
    return f"`{event}`" if event else "the event"


def _lost(flow: Flow, behaviour: Behaviour, catch: Catch) -> Action | None:
    """The work whose failure is lost in the clause, if it is all that is done for the event."""
    if not catch.broad or catch.outcome != "drops":
        return None
    inner = [item for item in behaviour.catches if item.broad and len(item.blocks) > len(catch.blocks)]
    tried = [
        action
        for action in behaviour.actions
        if stands_in(action, catch, catch.tried) and not any(stands_in(action, item, item.tried) for item in inner)
    ]
    delivery = next((action for action in tried if action.kind == "deliver"), None)
    if delivery is not None:
        return delivery
    if not _is_taking(flow, behaviour.key) or _is_leased(flow, behaviour.key, tried):
        return None
    elsewhere = (action for action in behaviour.actions if not stands_in(action, catch, catch.tried))
    work = [action for action in _after_receipt(flow, behaviour, catch, tried) if is_work(action)]
    if not work or any(action.kind in EFFECTS for action in elsewhere):
        return None
    lasting = [action for action in work if _lasts(flow, action)]
    if not lasting and all(item.transport == "in-process" for item in flow.intakes[behaviour.key]):
        return None
    ours = (action for action in work if action.function)
    return next(iter(lasting), next(ours, work[0]))


def _is_taking(flow: Flow, key: str) -> bool:
    """Whether it handles events, and not just hooks of a framework in the same process."""
    named = flow.handled.get(key, ())
    hooks = bool(named) and all(item.external and item.transport == "in-process" for item in named)
    return key in flow.intakes and not hooks


def _is_leased(flow: Flow, key: str, tried: list[Action]) -> bool:
    return any(action.kind == "ack" for action in tried) and any(item.dialect in LEASES for item in flow.intakes[key])


def _after_receipt(flow: Flow, behaviour: Behaviour, catch: Catch, tried: list[Action]) -> list[Action]:
    """The steps in the `try` of one event: where a loop in it takes the events, failing ends the loop instead."""
    lines = [
        item.location.line
        for item in flow.intakes[behaviour.key]
        if item.location.symbol == behaviour.name and item.location.line > behaviour.location.line
    ]
    if not lines:
        return tried
    depth = len(catch.blocks) + 1
    return [
        action
        for action in tried
        if action.location.line > min(lines) and not any(label.endswith(":for") for label in action.blocks[depth:])
    ]


def is_work(action: Action) -> bool:
    """Whether the step does something with the event rather than read it."""
    if action.kind in EFFECTS:
        return True
    last = action.callee.rpartition(".")[2]
    return (
        action.kind == "call"
        and not PARSING.match(last)
        and not last[:1].isupper()
        and not action.target.startswith(("builtins.", "json.", "asyncio.", "time.", "datetime."))
    )


def _lasts(flow: Flow, action: Action) -> bool:
    inner = flow.behaviour(action.function) if action.function else None
    return action.kind in EFFECTS or (inner is not None and any(item.kind in EFFECTS for item in inner.actions))


def _hidden(flow: Flow, rule: Rule, key: str) -> Iterator[Finding]:
    """A handler all of whose work is done by functions that drop what goes wrong in them."""
    behaviour = flow.behaviour(key)
    if behaviour is None or not _is_taking(flow, key):
        return
    work = [action for action in behaviour.actions if is_work(action)]
    found = [clause for action in work if (clause := _dropping(flow, action)) is not None]
    if not work or len(found) < len(work):
        return
    event = flow.taken(key)
    names = " and ".join(f"`{name}`" for name in list(dict.fromkeys(action.callee for action in work))[:2])
    yield rule.finding(
        behaviour.location,
        f"`{behaviour.name}` never fails, for {names} may fail and say nothing, and {_quoted(event)} is lost; let the "
        f"failure out, {REMEDY}",
        event=event,
        related=tuple(Related(clause.location, "the failure is dropped here") for clause in found[:3]),
        key=f"{event} {behaviour.name}",
    )


def _dropping(flow: Flow, action: Action) -> Catch | None:
    """The clause by which the called function drops every failure of its work, and tells nothing of it."""
    behaviour = flow.behaviour(action.function) if action.function else None
    if behaviour is None:
        return None
    work = [item for item in behaviour.actions if is_work(item)]
    for catch in behaviour.catches:
        tells = any(item.kind == "return" and stands_in(item, catch, catch.block) for item in behaviour.actions)
        tried = [item for item in work if stands_in(item, catch, catch.tried)]
        if catch.broad and catch.outcome == "drops" and not tells and tried and len(tried) == len(work):
            return catch
    return None
