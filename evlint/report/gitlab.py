"""Findings as a GitLab code quality report."""

from __future__ import annotations

from evlint.fingerprint import fingerprints
from evlint.model.run import Run
from evlint.report.context import Context
from evlint.report.document import Value, dumps
from evlint.report.escape import visible

LEVELS = {"error": "critical", "warning": "major", "info": "info"}


def render(run: Run, context: Context) -> str:
    """Render a list of issues; fingerprints stay the same when lines move."""
    issues: list[Value] = [
        {
            "description": visible(finding.message),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": fingerprint,
            "severity": LEVELS[finding.severity],
            "location": {
                "path": visible(finding.location.path),
                "positions": {
                    "begin": {"line": finding.location.span.line, "column": finding.location.span.column},
                    "end": {"line": finding.location.span.end_line, "column": finding.location.span.end_column},
                },
            },
        }
        for finding, fingerprint in zip(run.findings, fingerprints(run.findings), strict=True)
    ]
    return dumps(issues)
