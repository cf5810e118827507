"""Find commits and broker publications that are two steps instead of one."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow, can_follow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Publication
from evlint.model.rule import Rule


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        if publication.transport != "broker" or publication.transaction in ("buffered", "deferred"):
            continue
        commit = _commit(flow, publication)
        if commit is not None:
            event = flow.event(publication.event)
            yield rule.finding(
                publication.location,
                f"`{publication.location.symbol}` saves its state and sends `{event.name}` in two steps; a crash between "
                "them loses one: write the event to an outbox in the same transaction",
                event=event.name,
                related=(Related(commit.location, f"`{commit.callee}` saves the state"),),
                key=f"{event.name} {publication.location.symbol}",
            )


def _commit(flow: Flow, publication: Publication) -> Action | None:
    """The step that makes the change of state final: a commit, or a write that commits by itself."""
    before = [action for action in flow.preceding(publication) if "deferred" not in action.blocks]
    after = list(flow.following(publication))
    behaviour = flow.behaviour(publication.function)
    at = (
        next((item for item in behaviour.actions if item.location == publication.location), None) if behaviour else None
    )
    for action in (*before, *after):
        if at is not None and not can_follow(action.blocks, at.blocks):
            continue
        if action.kind == "commit" or (action.function and _commits(flow, action.function)):
            return action
    writes = [action for action in before if action.kind == "write" or _writes(flow, action.function)]
    return writes[-1] if writes and not _is_outbox(writes[-1]) else None


def _commits(flow: Flow, function: str) -> bool:
    behaviour = flow.behaviour(function)
    return behaviour is not None and any(action.kind == "commit" for action in behaviour.actions)


def _writes(flow: Flow, function: str) -> bool:
    behaviour = flow.behaviour(function) if function else None
    return behaviour is not None and any(action.kind == "write" for action in behaviour.actions)


def _is_outbox(action: Action) -> bool:
    return "outbox" in action.callee.lower()
