"""What changed between a git revision and the working tree."""

from __future__ import annotations

import msgspec

from evlint.model.source import Location

WHOLE = (1, 1 << 31)


class Change(msgspec.Struct, frozen=True):
    """The changed lines by path, as pairs of the first and the last, and the new path of what was renamed, by the old.

    Where lines were only taken away, the pair is of the line after and the line before the gap.
    """

    lines: dict[str, tuple[tuple[int, int], ...]]
    renamed: dict[str, str]

    def touches(self, location: Location) -> bool:
        """Tell whether any line of `location` changed, or went."""
        span = location.span
        # An exclusive end at the first column leaves its line out.
        end = max(span.line, span.end_line - (span.end_column <= 1))
        return any(first <= end and span.line <= last for first, last in self.lines.get(location.path, ()))
