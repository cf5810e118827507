"""What follows from an event, step by step, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from evlint.flow import Flow
from evlint.model.program import EventType, Program, Subscription
from evlint.questions import steps
from evlint.report.context import Context
from evlint.report.escape import terminal

# Beyond this, rows on a wide screen are harder to follow than broken ones.
MAX_WIDTH = 110


class _Step(msgspec.Struct, frozen=True):
    """A line of the story and what follows from it."""

    text: str
    place: str
    inner: tuple[_Step, ...] = ()


def render(program: Program, start: EventType, context: Context) -> str:
    """Render handlers below the event that they take, and events below the handler that publishes them."""
    flow = Flow.of(program)
    place = f"{terminal(start.location.path)}:{start.location.line}" if start.location else start.kind
    width = min(context.width, MAX_WIDTH)
    top = _Step(terminal(start.name), place, _handlers(flow, start.id, {start.id}))
    return "".join(f"{line.rstrip()}\n" for line in _lines(top, "", "", width))


def _handlers(flow: Flow, event: str, told: set[str]) -> tuple[_Step, ...]:
    found: dict[tuple[str, str], tuple[Subscription, set[str]]] = {}
    for subscription, published in steps(flow, event):
        place = f"{terminal(subscription.handler_path)}:{subscription.handler_line}"
        found.setdefault((subscription.handler, place), (subscription, set()))[1].update(published)
    return tuple(
        _Step(
            f"{terminal(handler)} of {terminal(subscription.service)}",
            place,
            tuple(_event(flow, name, told) for name in sorted(published)),
        )
        for (handler, place), (subscription, published) in sorted(found.items(), key=lambda item: item[0])
    )


def _event(flow: Flow, event: str, told: set[str]) -> _Step:
    name = terminal(flow.event(event).name)
    if event in told:
        return _Step(f"publishes {name}", "see above" if flow.subscriptions_to(event) else "")
    told.add(event)
    return _Step(f"publishes {name}", "", _handlers(flow, event, told))


def _lines(step: _Step, head: str, trunk: str, width: int) -> Iterator[str]:
    room = width - len(head) - len(step.text) - len(step.place)
    if room >= 2 or not step.place:
        yield f"{head}{step.text}{' ' * room if step.place else ''}{step.place}"
    else:
        yield head + step.text
        yield f"{trunk}{'│  ' if step.inner else '   '}{step.place}"
    for number, inner in enumerate(step.inner, 1):
        last = number == len(step.inner)
        yield from _lines(inner, trunk + ("╰─ " if last else "├─ "), trunk + ("   " if last else "│  "), width)
