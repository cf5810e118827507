"""The event flow as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.model.program import Program
from evlint.report.context import Context
from evlint.report.drawing import Drawing, draw
from evlint.report.escape import mermaid

# Orange, as on the sticky notes of event storming; readable on light and dark pages.
STYLES = {
    "event": "fill:#fde8c4,stroke:#b7791f,color:#3d2600",
    "added": "fill:#d7f0dc,stroke:#1a7f37,stroke-width:2px,color:#0b3d1a",
    "removed": "fill:#fbdcd9,stroke:#b42318,stroke-dasharray:4 3,color:#5c120c",
}
LINKS = {"added": "stroke:#1a7f37,stroke-width:2px", "removed": "stroke:#b42318,stroke-dasharray:4 3"}


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
            yield f'    {function.id}["{mermaid(function.label)}"]{_class(function.mark)}'
        yield "  end"
    for service in drawing.services:
        yield f'  {service.id}[["{mermaid(service.label)}"]]'
    for event in drawing.events:
        yield f'  {event.id}(["{mermaid(event.label)}"]){_class(event.mark or "event")}'
    for arrow in drawing.arrows:
        label = f'|"{mermaid(arrow.label)}"|' if arrow.label else ""
        yield f"  {arrow.start} {'-.->' if arrow.likely else '-->'}{label} {arrow.end}"
    functions = [function for group in drawing.groups for function in group.functions]
    used = {event.mark or "event" for event in drawing.events} | {function.mark for function in functions}
    yield from (f"  classDef {name} {style}" for name, style in STYLES.items() if name in used)
    for mark, style in LINKS.items():
        numbers = [str(number) for number, arrow in enumerate(drawing.arrows) if arrow.mark == mark]
        if numbers:
            yield f"  linkStyle {','.join(numbers)} {style}"


def _class(mark: str) -> str:
    return f":::{mark}" if mark else ""
