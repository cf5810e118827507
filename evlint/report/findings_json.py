"""Findings for programs to read: the document `evlint.findings/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.fingerprint import fingerprints
from evlint.model.finding import Edit, Finding, Fix, Severity
from evlint.model.run import Run
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.document import Document, Files, encode, files


class EditRecord(msgspec.Struct, frozen=True):
    """Replace what stands between two places, the end of which is exclusive, by `text`."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class FixRecord(msgspec.Struct, frozen=True):
    """A cure; a safe one keeps what the program does."""

    title: str
    safety: Literal["safe", "unsafe", "display"]
    edits: tuple[EditRecord, ...]


class RelatedRecord(msgspec.Struct, frozen=True):
    """Another place that matters, and why."""

    path: str
    line: int
    column: int
    message: str


class FindingRecord(msgspec.Struct, frozen=True):
    """One breach of a rule; lines and columns count from 1, the end is exclusive."""

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    symbol: str
    event: str | None
    fingerprint: str
    fix: FixRecord | None
    related: tuple[RelatedRecord, ...]


class FindingsDocument(Document, frozen=True, kw_only=True):
    """What `evlint check --format json` prints."""

    schema: Literal["evlint.findings/1"]
    findings: tuple[FindingRecord, ...]
    files: Files


def render(run: Run, context: Context) -> str:
    """Render the document; its keys are a promise to users."""
    named = zip(run.findings, fingerprints(run.findings), strict=True)
    return encode(
        FindingsDocument(
            schema="evlint.findings/1",
            version=context.version,
            findings=tuple(_finding(finding, fingerprint) for finding, fingerprint in named),
            files=files(run.analysed, run.skipped),
        )
    )


def _finding(finding: Finding, fingerprint: str) -> FindingRecord:
    return FindingRecord(
        finding.code,
        finding.name,
        finding.severity,
        finding.message,
        *_place(finding.location),
        finding.location.symbol,
        finding.event or None,
        fingerprint,
        _fix(finding.fix) if finding.fix else None,
        tuple(
            RelatedRecord(related.location.path, related.location.line, related.location.column, related.message)
            for related in finding.related
        ),
    )


def _fix(fix: Fix) -> FixRecord:
    return FixRecord(fix.title, fix.safety, tuple(_edit(edit) for edit in fix.edits))


def _edit(edit: Edit) -> EditRecord:
    return EditRecord(*_place(edit.location), edit.text)


def _place(location: Location) -> tuple[str, int, int, int, int]:
    span = location.span
    return location.path, span.line, span.column, span.end_line, span.end_column
