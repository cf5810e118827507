"""Find events that leave before the transaction is sure that they tell of."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow, can_follow
from evlint.model.finding import Cure, Finding, Related
from evlint.model.program import Action, Publication
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        if publication.transaction in ("buffered", "deferred") or publication.confidence == "likely":
            continue
        reach = _reach(flow, publication)
        commit = _commit(flow, publication) if reach else None
        if commit is not None:
            event = flow.event(publication.event)
            yield rule.finding(
                publication.location,
                f"`{publication.location.symbol or publication.service}` sends `{event.name}` before its transaction is committed{reach}; if that "
                "fails, they were told of what never was: publish after the commit, through an outbox",
                event=event.name,
                related=(Related(commit.location, f"`{commit.callee}` comes first"),)
                if commit.kind == "write"
                else (Related(commit.location, f"`{commit.callee}` comes after"),),
                key=f"{event.name} {publication.location.symbol}",
                cure=Cure("after-commit", f"Publish `{event.name}` after the commit", "unsafe", event.id),
            )


def _reach(flow: Flow, publication: Publication) -> str:
    """How the event leaves the process before the commit; empty where it does not."""
    if publication.transport == "broker":
        return ", and others hear of it at once"
    if publication.transport != "in-process":
        return ""
    for subscription in flow.subscriptions_to(publication.event):
        behaviour = flow.behaviour(subscription.function) if subscription.function else None
        if behaviour is None or behaviour.key == publication.function:
            continue
        sends = any(action.kind == "send" and "deferred" not in action.blocks for action in behaviour.actions)
        if sends:
            return f", and `{subscription.handler}` tells the world at once"
    return ""


def _commit(flow: Flow, publication: Publication) -> Action | None:
    """The commit that comes after the publication, or the write that waits for one around both."""
    at = flow.action_of(publication)
    earlier = [action for action in flow.preceding(publication) if "deferred" not in action.blocks]
    if at is None or any(flow.commits(action) and can_follow(action.blocks, at.blocks) for action in earlier):
        return None
    wrote = [action for action in earlier if action.kind == "write" and can_follow(action.blocks, at.blocks)]
    if publication.transaction == "inside":
        return wrote[-1] if wrote else None
    later = (action for action in flow.following(publication) if flow.commits(action))
    return next(later, None)
