"""Findings for programs to read: the document `evlint.findings/1`."""

from __future__ import annotations

from evlint.fingerprint import fingerprints
from evlint.model.finding import Edit, Finding, Fix
from evlint.model.run import Run
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.document import Value, document, files


def render(run: Run, context: Context) -> str:
    """Render the document; its keys are a promise to users."""
    named = zip(run.findings, fingerprints(run.findings), strict=True)
    return document(
        "evlint.findings/1",
        context.version,
        {
            "findings": [_finding(finding, fingerprint) for finding, fingerprint in named],
            "files": files(run.analysed, run.skipped),
        },
    )


def _finding(finding: Finding, fingerprint: str) -> dict[str, Value]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        **_place(finding.location),
        "symbol": finding.location.symbol,
        "event": finding.event or None,
        "fingerprint": fingerprint,
        "fix": _fix(finding.fix) if finding.fix else None,
        "related": [
            {
                "path": related.location.path,
                "line": related.location.line,
                "column": related.location.column,
                "message": related.message,
            }
            for related in finding.related
        ],
    }


def _fix(fix: Fix) -> dict[str, Value]:
    return {"title": fix.title, "safety": fix.safety, "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, Value]:
    return {**_place(edit.location), "text": edit.text}


def _place(location: Location) -> dict[str, Value]:
    span = location.span
    return {
        "path": location.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
