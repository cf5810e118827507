"""Find except clauses by which an event vanishes when its handler fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow, stands_in
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour, Catch, Subscription
from evlint.model.rule import Rule

# Brokers that hand out again what was not acknowledged in time, and set aside what failed too often.
LEASES = ("boto3", "google_pubsub", "nats_py")
PARSING = re.compile(
    r"^(?:loads?|parse\w*|decode|deserial\w*|model_validate\w*|validate\w*|from_\w+|to_\w+|get|poll|getone|getmany"
    r"|receive\w*|fetch\w*|ack|sleep|strip|split|format|append|items|commit|start|stop|connect|close|flush)$"
)


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    reported: set[str] = set()
    for behaviour in flow.program.behaviours:
        subscriptions = flow.handled.get(behaviour.key, ())
        for catch in behaviour.catches:
            lost = _lost(behaviour, catch, subscriptions)
            if lost is not None:
                reported.add(behaviour.key)
                yield _finding(flow, rule, behaviour, catch, lost, subscriptions)
    yield from _hidden(flow, rule, reported)


def _finding(
    flow: Flow, rule: Rule, behaviour: Behaviour, catch: Catch, lost: Action, subscriptions: tuple[Subscription, ...]
) -> Finding:
    if lost.kind == "deliver":
        what = f"`{behaviour.name}` drops what a handler raises: the event counts as handled"
        return rule.finding(
            catch.location,
            f"{what}; collect the failures and raise them, or keep the event for a retry and a dead letter",
            related=(Related(lost.location, f"`{lost.callee}` runs the handler"),),
            key=behaviour.name,
        )
    event = flow.event(subscriptions[0].event)
    return rule.finding(
        catch.location,
        f"`{behaviour.name}` drops the failure of `{lost.callee}`, and `{event.name}` with it; let it raise, so that the "
        "event is retried and at last kept as a dead letter",
        event=event.name,
        related=(Related(lost.location, f"`{lost.callee}` may fail"),),
        key=f"{event.name} {behaviour.name}",
    )


def _lost(behaviour: Behaviour, catch: Catch, subscriptions: tuple[Subscription, ...]) -> Action | None:
    """The work whose failure is lost in the clause, if it is all that is done for the event."""
    if not catch.broad or catch.outcome != "drops":
        return None
    tried = [action for action in behaviour.actions if stands_in(action, catch, catch.tried)]
    delivery = next((action for action in tried if action.kind == "deliver"), None)
    if delivery is not None:
        return delivery
    subscriptions = tuple(item for item in subscriptions if not _is_framework(item))
    if not subscriptions or _is_leased(tried, subscriptions):
        return None
    received = _received(behaviour, subscriptions)
    depth = len(catch.blocks) + 1
    work = [
        action
        for action in tried
        if is_work(action)
        and action.location.line > received
        and not (received and any(label.endswith(":for") for label in action.blocks[depth:]))
    ]
    elsewhere = [
        action
        for action in behaviour.actions
        if action.kind in ("write", "send", "publish") and not stands_in(action, catch, catch.tried)
    ]
    return None if not work or elsewhere else next((item for item in work if item.kind != "call"), work[0])


def _is_framework(subscription: Subscription) -> bool:
    """Whether it is a hook of a framework in the same process: what it does there is an extra, not a delivery."""
    return subscription.external and subscription.transport == "in-process"


def _is_leased(tried: list[Action], subscriptions: tuple[Subscription, ...]) -> bool:
    settled = any(action.kind == "ack" for action in tried)
    return settled and any(item.dialect in LEASES for item in subscriptions)


def _received(behaviour: Behaviour, subscriptions: tuple[Subscription, ...]) -> int:
    """The line on which a loop takes its events; 0 for a function that is called for each."""
    lines = [
        item.location.line
        for item in subscriptions
        if item.location.symbol == behaviour.name and item.location.line > behaviour.location.line
    ]
    return min(lines, default=0)


def is_work(action: Action) -> bool:
    """Whether the step does something with the event rather than read it."""
    if action.kind in ("write", "send", "publish"):
        return True
    last = action.callee.rpartition(".")[2]
    return (
        action.kind == "call"
        and not PARSING.match(last)
        and not last[:1].isupper()
        and not action.target.startswith(("builtins.", "json.", "asyncio.", "time.", "datetime."))
    )


def _hidden(flow: Flow, rule: Rule, reported: set[str]) -> Iterator[Finding]:
    """Handlers all of whose work is done by functions that drop what goes wrong in them."""
    for key, subscriptions in sorted(flow.handled.items()):
        behaviour = flow.behaviour(key)
        if behaviour is None or key in reported or _is_framework(subscriptions[0]):
            continue
        work = [action for action in behaviour.actions if is_work(action)]
        clauses = [_dropping(flow, action) for action in work]
        found = [clause for clause in clauses if clause is not None]
        if not work or len(found) < len(work):
            continue
        event = flow.event(subscriptions[0].event)
        names = " and ".join(f"`{name}`" for name in dict.fromkeys(action.callee for action in work[:3]))
        yield rule.finding(
            behaviour.location,
            f"`{behaviour.name}` cannot fail: {names} drop what goes wrong, and `{event.name}` with it; let them raise, "
            "so that the event is retried and at last kept as a dead letter",
            event=event.name,
            related=tuple(Related(clause.location, "the failure is dropped here") for clause in found[:3]),
            key=f"{event.name} {behaviour.name}",
        )


def _dropping(flow: Flow, action: Action) -> Catch | None:
    """The clause by which the called function drops every failure of its work."""
    behaviour = flow.behaviour(action.function) if action.function else None
    if behaviour is None:
        return None
    for catch in behaviour.catches:
        tried = [item for item in behaviour.actions if stands_in(item, catch, catch.tried) and is_work(item)]
        work = [item for item in behaviour.actions if is_work(item)]
        if catch.broad and catch.outcome == "drops" and tried and len(tried) == len(work):
            return catch
    return None
