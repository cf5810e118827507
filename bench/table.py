"""The table of a bench: each command beside the first peer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

REFERENCE = "ruff, cold"


class Row(NamedTuple):
    """A command with its median time in seconds and its peak memory in megabytes."""

    name: str
    seconds: float
    megabytes: float


def table(rows: Sequence[Row]) -> str:
    """Render rows with their ratio to the reference, or to the fastest where it did not run."""
    reference = next((row.seconds for row in rows if row.name == REFERENCE), min(row.seconds for row in rows))
    lines = [f"{'command':<24}{'seconds':>9}{'ratio':>8}{'peak MB':>9}"]
    lines += [f"{row.name:<24}{row.seconds:>9.2f}{row.seconds / reference:>8.1f}{row.megabytes:>9.0f}" for row in rows]
    return "\n".join(lines)
