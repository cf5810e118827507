"""What changed in the contracts of events, for people."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.report.escape import terminal
from evlint.schema.judge import Judgement, Standing


def render(standing: Standing) -> str:
    """List what changed, event by event, what breaks first."""
    events: dict[str, list[Judgement]] = {}
    for judgement in standing.judgements:
        events.setdefault(judgement.event, []).append(judgement)
    blocks = [
        *(_renamed(old, new) for old, new in standing.moved),
        *(
            f"{terminal(item.event)}\n  breaking    the event is gone: its handlers wait for ever\n"
            for item in standing.gone
        ),
        *(
            "".join(_event(event, changes))
            for event, changes in sorted(
                events.items(), key=lambda item: (not any(x.breaking for x in item[1]), item[0])
            )
        ),
        *(f"{terminal(item.event)}\n  new         version {terminal(item.version)}\n" for item in standing.raised),
        *(f"{terminal(item.event)}\n  new         event\n" for item in standing.unknown),
    ]
    return "\n".join(blocks) or "No contract has changed\n"


def summary(standing: Standing, file: str) -> str:
    """One line on what was locked."""
    changed = len({item.event for item in standing.judgements})
    new = len(standing.unknown) + len(standing.raised)
    gone = len(standing.gone) + len(standing.moved)
    return f"{file}: {new} new, {changed} changed, {gone} retired\n"


def _renamed(old: str, new: str) -> str:
    return f"{terminal(old)}\n  breaking    it is now {terminal(new)}: deployed handlers wait for the old name\n"


def _event(event: str, judgements: list[Judgement]) -> Iterator[str]:
    yield f"{terminal(event)}\n"
    for judgement in sorted(judgements, key=lambda item: (not item.breaking, item.change)):
        change = judgement.change
        word = "breaking" if judgement.breaking else "risky" if change.risky else "compatible"
        reason = f": {change.direction}" if judgement.breaking and change.direction else ""
        yield f"  {word:<10}  {terminal(change.text)}{reason}\n"
        for hit in judgement.hits:
            place = f"{hit.location.path}:{hit.location.line}"
            yield f"              {terminal(place)}  {terminal(hit.handler)} {terminal(hit.why)}\n"
