"""Findings under the files that they are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from evlint.model.finding import Finding
from evlint.model.run import Run
from evlint.report.context import Context
from evlint.report.escape import terminal


def render(run: Run, context: Context) -> str:
    """Render a heading for each file, and its findings below in columns."""
    groups = groupby(run.findings, key=lambda finding: finding.location.path)
    return "\n".join("".join(_group(path, tuple(findings))) for path, findings in groups)


def _group(path: str, findings: Sequence[Finding]) -> Iterator[str]:
    yield f"{terminal(path)}\n"
    places = [f"{finding.location.line}:{finding.location.column}" for finding in findings]
    width = max(map(len, places))
    for place, finding in zip(places, findings, strict=True):
        message = terminal(" ".join(finding.message.split()))
        yield f"  {place:>{width}}  {finding.severity:<7}  {finding.code}  {message} [{finding.name}]\n"
