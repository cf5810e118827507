"""Findings as an editor shows them."""

from __future__ import annotations

from lsprotocol import types

from evlint.model.finding import Finding, Severity
from evlint.report.escape import visible
from evlint.server.texts import Texts
from evlint.suppress import UNUSED

SOURCE = "evlint"
SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def diagnostic(finding: Finding, texts: Texts) -> types.Diagnostic:
    """One finding, with the other places that matter for it."""
    return types.Diagnostic(
        range=span(finding, texts),
        message=_line(finding.message),
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code == UNUSED else None,
        related_information=[
            types.DiagnosticRelatedInformation(texts.location(item.location), _line(item.message))
            for item in finding.related
        ],
    )


def span(finding: Finding, texts: Texts) -> types.Range:
    """Where the finding is underlined: on its first line only, for a class or a loop is long."""
    return texts.head(finding.location.path, finding.location.span)


def _line(message: str) -> str:
    return visible(" ".join(message.split()))
