"""Measurements as a table that reads well in a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from bench.measure import Measurement

HEAD = ("tool", "run", "seconds", "/ {reference}", "peak MB")


class Row(NamedTuple):
    """All measurements of one tool, cold or warm."""

    tool: str
    version: str
    run: str
    measurements: tuple[Measurement, ...]

    @property
    def seconds(self) -> float:
        """The median time."""
        return median(measurement.seconds for measurement in self.measurements)

    @property
    def megabytes(self) -> float:
        """The most memory that any run needed."""
        return max(measurement.megabytes for measurement in self.measurements)


def render(title: str, rows: Sequence[Row], reference: str) -> str:
    """Draw `rows` under `title`; each is held against the same run, cold or warm, of the tool named `reference`."""
    base = {row.run: row.seconds for row in rows if row.tool == reference}
    cells = [tuple(head.format(reference=reference) for head in HEAD)]
    cells.extend(
        (
            f"{row.tool} {row.version}",
            row.run,
            f"{row.seconds:.2f}",
            f"{row.seconds / base[row.run]:.2f}" if base.get(row.run) else "-",
            f"{row.megabytes:.0f}",
        )
        for row in rows
    )
    return f"{title}\n\n{draw(cells, words=2)}"


def draw(cells: Sequence[Sequence[str]], words: int) -> str:
    """Draw a table whose first row is its head; the first `words` columns hold words, all others numbers."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths, words) for row in cells]
    rule = (*("-" * width for width in widths[:words]), *(f"{'-' * (width - 1)}:" for width in widths[words:]))
    return "\n".join([lines[0], _line(rule, widths, words), *lines[1:]]) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int], words: int) -> str:
    padded = [
        cell.ljust(width) if column < words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"
