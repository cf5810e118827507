"""How often each rule reports something."""

from __future__ import annotations

from collections import Counter

from evlint.model.run import Run
from evlint.report.context import Context


def render(run: Run, context: Context) -> str:
    """Render a line for each rule, the most frequent first."""
    counts = Counter((finding.code, finding.name) for finding in run.findings)
    if not counts:
        return ""
    width = len(str(max(counts.values())))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{count:>{width}}  {code}  {name}\n" for (code, name), count in ranked)
