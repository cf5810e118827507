"""Findings as GitHub workflow commands, which annotate the lines of a pull request."""

from __future__ import annotations

from evlint.model.finding import Finding
from evlint.model.run import Run
from evlint.report.context import Context
from evlint.report.escape import terminal

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(run: Run, context: Context) -> str:
    """Render one command a finding."""
    return "".join(f"{_command(finding)}\n" for finding in run.findings)


def _command(finding: Finding) -> str:
    span = finding.location.span
    given = {
        "file": finding.location.path,
        "line": span.line,
        "endLine": max(span.end_line, span.line),
        "col": span.column,
    }
    if span.end_line == span.line:
        given["endColumn"] = span.end_column
    given["title"] = f"{finding.code} {finding.name}"
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in given.items())
    return f"::{LEVELS[finding.severity]} {properties}::{_data(finding.message)}"


def _data(text: str) -> str:
    """Escape a message; what is left of control characters is shown rather than done."""
    return terminal(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
