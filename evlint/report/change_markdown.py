"""What a change does to the flow, fit for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evlint.flow import Flow
from evlint.flow_change import FlowChange, Part
from evlint.model.program import Program
from evlint.report.change_text import LACKS
from evlint.report.context import Context
from evlint.report.drawing import MODULE, Arrow, Box, Drawing, Group, Mark, identifiers
from evlint.report.markdown import code, picture, section, text

# Beyond this, people stop reading a picture.
MOST_NODES = 25
MOST_LINES = 15

Function = tuple[str, str]
Line = tuple[Function, str, bool]
"""A function by service and name, the name of an event, and whether the function publishes it."""


def render(change: FlowChange, context: Context) -> str:
    """Render the change with a picture of what it touches: added green, removed red."""
    blocks = [["### Event flow"]]
    if not change:
        blocks.append(["The event flow is as it was."])
    drawing = _drawing(change)
    if drawing is not None:
        blocks.append(picture(drawing))
    blocks += [lines for lines in _sections(change) if lines]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _sections(change: FlowChange) -> Iterator[list[str]]:
    yield _titled("To mind", _warnings(change))
    yield _titled("What events carry", _contracts(change))
    yield _titled("New", _sides(change.events_added, change.publishers_added, change.handlers_added))
    yield _titled("Gone", _sides(change.events_removed, change.publishers_removed, change.handlers_removed))


def _titled(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    rest = (
        [f"- and {len(found) - MOST_LINES} more, which `evlint graph --diff` lists"] if len(found) > MOST_LINES else []
    )
    return section(title, [*found[:MOST_LINES], *rest], level=4) if found else []


def _warnings(change: FlowChange) -> Iterator[str]:
    yield from (f"- a cycle: {' → '.join(map(code, (*names, names[0])))}" for names in change.cycles)
    yield from (f"- {code(end.event)}: {LACKS[end.lacks]}" for end in change.loose)


def _contracts(change: FlowChange) -> Iterator[str]:
    for item in change.contracts:
        breaking = "**breaking** " if item.breaking else ""
        yield f"- {breaking}{code(item.event.rpartition('.')[2])}: {text(item.change.text.replace('`', ''))}"
        for hit in item.hits:
            yield f"  - breaks {code(hit.handler)} in {code(f'{hit.location.path}:{hit.location.line}')}"


def _sides(events: Iterable[str], publishers: Iterable[Part], handlers: Iterable[Part]) -> Iterator[str]:
    yield from (f"- event {code(name)}" for name in events)
    for verb, parts in (("publishes", publishers), ("handles", handlers)):
        for part in parts:
            where = code(f"{part.path}:{part.line}")
            yield f"- {code(part.function)} of {code(part.service)} {verb} {code(part.event)}, {where}"


def _drawing(change: FlowChange) -> Drawing | None:
    """The events that the change touches, with all their ends before and after, as many as fit."""
    before, after = _drawn(change.before, change.touched), _drawn(change.after, change.touched)
    kept: set[str] = set()
    functions: set[Function] = set()
    for event in sorted({event for _, event, _ in before | after}):
        more = functions | {function for function, name, _ in before | after if name == event}
        if len(kept) + 1 + len(more) <= MOST_NODES:
            kept.add(event)
            functions = more
    lines = {line for line in before | after if line[1] in kept}
    return _laid_out(lines, before, after) if lines else None


def _drawn(program: Program, touched: frozenset[str]) -> set[Line]:
    flow = Flow.of(program)
    found: set[Line] = set()
    for event in program.events:
        if event.name in touched:
            for sent in flow.publications_of(event.id):
                found.add(((sent.service, sent.location.symbol or MODULE), event.name, True))
            for taken in flow.subscriptions_to(event.id):
                found.add(((taken.service, taken.handler), event.name, False))
    return found


def _laid_out(lines: set[Line], before: set[Line], after: set[Line]) -> Drawing:
    functions = sorted({function for function, _, _ in lines})
    services = sorted({service for service, _ in functions})
    boxes = identifiers("function", [f"{service}:{name}" for service, name in functions])
    events = identifiers("event", [event for _, event, _ in lines])
    frames = identifiers("service", services)
    old = {part for function, event, _ in before for part in (function, event)}
    new = {part for function, event, _ in after for part in (function, event)}

    def box(function: Function) -> Box:
        return Box(boxes[f"{function[0]}:{function[1]}"], function[1], _mark(function in old, function in new))

    arrows = []
    for line in lines:
        function, event, publishes = line
        ends = (boxes[f"{function[0]}:{function[1]}"], events[event])
        start, end = ends if publishes else ends[::-1]
        arrows.append(Arrow(start, end, mark=_mark(line in before, line in after)))
    return Drawing(
        groups=tuple(
            Group(frames[service], service, tuple(box(function) for function in functions if function[0] == service))
            for service in services
        ),
        events=tuple(Box(events[name], name, _mark(name in old, name in new)) for name in sorted(events)),
        arrows=tuple(sorted(arrows)),
    )


def _mark(was: bool, is_: bool) -> Mark:
    return "" if was and is_ else "added" if is_ else "removed"
