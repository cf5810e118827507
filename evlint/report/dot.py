"""The event flow in the DOT language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.model.program import Program
from evlint.report.context import Context
from evlint.report.drawing import Drawing, draw
from evlint.report.escape import dot


def render(program: Program, context: Context) -> str:
    """Render services as clusters, events as ellipses, and sites that are only likely as dotted arrows."""
    return "".join(f"{line}\n" for line in _lines(draw(program)))


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "digraph evlint {"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for group in drawing.groups:
        yield f"  subgraph cluster_{group.id} {{"
        yield f'    label="{dot(group.label)}";'
        for function in group.functions:
            yield f'    {function.id} [label="{dot(function.label)}"];'
        yield "  }"
    for event in drawing.events:
        yield f'  {event.id} [label="{dot(event.label)}", shape=ellipse];'
    for arrow in drawing.arrows:
        yield f"  {arrow.start} -> {arrow.end}{' [style=dotted]' if arrow.likely else ''};"
    yield "}"
