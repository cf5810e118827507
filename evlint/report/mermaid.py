"""The event flow as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.model.program import Program
from evlint.report.context import Context
from evlint.report.drawing import Drawing, draw
from evlint.report.escape import mermaid


def render(program: Program, context: Context) -> str:
    """Render services as frames, events as rounded boxes, and sites that are only likely as dotted arrows."""
    return "".join(f"{line}\n" for line in _lines(draw(program)))


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "flowchart LR"
    for group in drawing.groups:
        yield f'  subgraph {group.id}["{mermaid(group.label)}"]'
        for function in group.functions:
            yield f'    {function.id}["{mermaid(function.label)}"]'
        yield "  end"
    for event in drawing.events:
        yield f'  {event.id}(["{mermaid(event.label)}"])'
    for arrow in drawing.arrows:
        yield f"  {arrow.start} {'-.->' if arrow.likely else '-->'} {arrow.end}"
