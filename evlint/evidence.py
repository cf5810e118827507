"""What speaks for a flow: why a repeat is harmless, how a publication stands to the commit, what traces an action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evlint.flow import Flow
from evlint.model.program import Behaviour, EventType, Publication
from evlint.words.correlation import tells

COMMITS = {
    "none": "",
    "inside": "inside the transaction, before the commit",
    "deferred": "after the commit",
    "buffered": "stored with the state, sent after the commit",
}
LASTING = ("write", "send", "publish", "commit")


def guards(flow: Flow, function: str) -> tuple[str, ...]:
    """Why a repeated delivery is harmless, as far as the handler or what it calls shows."""
    behaviour = flow.behaviour(function)
    if behaviour is None:
        return ()
    found = set(behaviour.guards)
    for called in flow.called(behaviour):
        found.update(called.guards)
    return tuple(sorted(found))


def traces(event: EventType, published: Iterable[Publication]) -> Iterator[str]:
    """The names by which an action can be traced through the event."""
    for field in event.fields:
        if tells(field.name) == "correlation":
            yield field.name
    for item in published:
        for name in item.carries or ():
            if tells(name.removeprefix(".")) == "correlation":
                yield name.removeprefix(".")


def lasts(flow: Flow, behaviour: Behaviour) -> bool:
    """Whether the function does anything that stays, itself or in what it calls; unknown calls may."""
    inner = (behaviour, *flow.called(behaviour))
    return any(
        action.kind in LASTING or (action.kind == "call" and not flow.behaviour(action.function))
        for item in inner
        for action in item.actions
    )
