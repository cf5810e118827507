"""Find events sent to a broker after the state that they tell of was saved on its own."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow, can_follow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Publication
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        if publication.transport != "broker" or publication.transaction in ("buffered", "deferred", "inside"):
            continue
        saved = _saved(flow, publication)
        if saved is not None:
            event = flow.event(publication.event)
            yield rule.finding(
                publication.location,
                f"`{publication.location.symbol or publication.service}` saves its state and sends `{event.name}` in two steps; a crash between them "
                "loses one: put it in an outbox in the same transaction",
                event=event.name,
                related=(Related(saved.location, f"`{saved.callee}` saves the state"),),
                key=f"{event.name} {publication.location.symbol}",
            )


def _saved(flow: Flow, publication: Publication) -> Action | None:
    """The step before the publication that makes the change of state final: a commit, or a write that commits."""
    at = flow.action_of(publication)
    before = [
        action
        for action in flow.preceding(publication)
        if "deferred" not in action.blocks and (at is None or can_follow(action.blocks, at.blocks))
    ]
    for action in before:
        if flow.commits(action):
            return action
    if any(flow.commits(action) for action in flow.following(publication)):
        return None
    writes = [action for action in before if action.kind == "write" or _writes(flow, action.function)]
    return writes[-1] if writes and "outbox" not in writes[-1].callee.lower() else None


def _writes(flow: Flow, function: str) -> bool:
    behaviour = flow.behaviour(function) if function else None
    return behaviour is not None and any(action.kind == "write" for action in behaviour.actions)
