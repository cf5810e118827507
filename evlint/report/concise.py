"""One line a finding, as flake8 prints them."""

from __future__ import annotations

from evlint.model.finding import Finding
from evlint.model.run import Run
from evlint.report.context import Context
from evlint.report.escape import terminal


def render(run: Run, context: Context) -> str:
    """Render `path:row:column: CODE message [name]` for each finding, with `[*]` behind what `--fix` cures."""
    return "".join(f"{_line(finding)}\n" for finding in run.findings)


def _line(finding: Finding) -> str:
    place = f"{terminal(finding.location.path)}:{finding.location.line}:{finding.location.column}"
    return f"{place}: {finding.code} {terminal(' '.join(finding.message.split()))} [{finding.name}]{_mark(finding)}"


def _mark(finding: Finding) -> str:
    """What `--fix` cures."""
    return " [*]" if finding.cure is not None and finding.cure.safety == "safe" else ""
