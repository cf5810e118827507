"""Find handlers that lose an event when it comes before the one that it builds on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Behaviour, Demand
from evlint.model.rule import Rule

# What ends or undoes something has nothing to do where there is nothing.
ENDINGS = re.compile(r"delet|remov|cancel|expir|closed|revok|withdr|clear|drop|terminat|archiv|purg", re.IGNORECASE)
EFFECTS = ("write", "send", "publish")
DEPTH = 1


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for key, intakes in sorted(flow.intakes.items()):
        behaviour = flow.behaviour(key)
        name = flow.taken(key)
        if behaviour is None or ENDINGS.search(f"{name} {behaviour.name}"):
            continue
        if all(intake.transport == "in-process" for intake in intakes):
            continue
        for item, demand in _demands(flow, behaviour, DEPTH):
            at = (demand.location.path, demand.location.line)
            if at not in seen:
                seen.add(at)
                event = f"`{name}`" if name else "an event"
                yield rule.finding(
                    demand.location,
                    f"`{item.name}` gives up on {event} when `{demand.callee}` finds nothing yet, though events come in any "
                    "order; put it off and try again, or make the row from what the event says",
                    event=name,
                    related=(Related(behaviour.location, f"`{behaviour.name}` handles it"),),
                    key=f"{name} {item.name} {demand.callee}",
                )


def _demands(flow: Flow, behaviour: Behaviour, depth: int) -> Iterator[tuple[Behaviour, Demand]]:
    """The look-ups that decide whether anything is done; what is raised counts where nobody retries."""
    for demand in behaviour.demands:
        acts = any(
            action.kind in EFFECTS and action.location.line > demand.location.line for action in behaviour.actions
        )
        if acts and demand.gives_up == "leaves" and not behaviour.limited:
            yield behaviour, demand
    for inner in flow.called(behaviour) if depth else ():
        if not ENDINGS.search(inner.name):
            yield from _demands(flow, inner, depth - 1)
