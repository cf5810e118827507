"""A few lines of code, and what is meant in them underlined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from evlint.model.source import Span
from evlint.report.escape import terminal

LINES_BEFORE = 2
TAB = 4
# Of a line beyond this, only the part around the span is looked at.
LONGEST_LINE = 2000


def code_frame(span: Span, lines: Sequence[str] | None, room: int) -> Iterator[tuple[str, str]]:
    """Yield numbers and lines of at most `room` cells, down to the one that `span` starts on; then the underline."""
    if lines is None or span.line > len(lines):
        return
    first = max(span.line - LINES_BEFORE, 1)
    while first < span.line and not lines[first - 1].strip():
        first += 1
    line = lines[span.line - 1].rstrip()[: span.column + LONGEST_LINE]
    start, length = _underline(line, span)
    offset = max(0, start + min(length, room // 2) - room + 1)
    for number in range(first, span.line + 1):
        text = _shown(lines[number - 1].rstrip()[: span.column + LONGEST_LINE])
        yield str(number), _cut(text, offset, room)
    yield "", " " * (start - offset) + "^" * min(length, room - start + offset)


def _underline(line: str, span: Span) -> tuple[int, int]:
    """Tell at which cell the underline starts and how long it is; it does not reach beyond the line."""
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    start = cell_len(_shown(line[: span.column - 1]))
    return start, max(cell_len(_shown(line[:end])) - start, 1)


def _shown(text: str) -> str:
    return terminal(text.expandtabs(TAB))


def _cut(text: str, offset: int, room: int) -> str:
    """Return `room` cells of `text` from `offset` on, and mark where something is missing."""
    kept, position = [], 0
    for character in text:
        width = cell_len(character)
        if position >= offset and position + width <= offset + room:
            kept.append(character)
        position += width
    if offset and kept:
        kept[0] = "…"
    if position > offset + room and kept:
        kept[-1] = "…"
    return "".join(kept)
