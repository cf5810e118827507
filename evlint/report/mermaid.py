"""The event flow as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.model.program import Program
from evlint.report.context import Context
from evlint.report.drawing import Drawing, draw
from evlint.report.escape import mermaid

# Orange, as on the sticky notes of event storming; readable on light and dark pages.
EVENT_STYLE = "classDef event fill:#fde8c4,stroke:#b7791f,color:#3d2600"


def render(program: Program, context: Context) -> str:
    """Render services as frames, events as rounded boxes, and sites that are only likely as dotted arrows."""
    return text(draw(program))


def text(drawing: Drawing) -> str:
    """Spell a drawing."""
    return "".join(f"{line}\n" for line in _lines(drawing))


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "flowchart LR"
    for group in drawing.groups:
        yield f'  subgraph {group.id}["{mermaid(group.label)}"]'
        for function in group.functions:
            yield f'    {function.id}["{mermaid(function.label)}"]'
        yield "  end"
    for service in drawing.services:
        yield f'  {service.id}[["{mermaid(service.label)}"]]'
    for event in drawing.events:
        yield f'  {event.id}(["{mermaid(event.label)}"]):::event'
    for arrow in drawing.arrows:
        label = f'|"{mermaid(arrow.label)}"|' if arrow.label else ""
        yield f"  {arrow.start} {'-.->' if arrow.likely else '-->'}{label} {arrow.end}"
    if drawing.events:
        yield f"  {EVENT_STYLE}"
