"""The rules for programs to read: the document `evlint.rules/1`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from evlint.model.finding import Severity
from evlint.model.rule import RuleMeta
from evlint.report.document import Document, encode


class RuleRecord(msgspec.Struct, frozen=True):
    """A rule; it has had its `status` since that version."""

    code: str
    name: str
    category: str
    severity: Severity
    status: Literal["default", "preview"]
    since: str
    summary: str
    guideline: str


class RulesDocument(Document, frozen=True, kw_only=True):
    """What `evlint rules --format json` prints."""

    schema: Literal["evlint.rules/1"]
    rules: tuple[RuleRecord, ...]


def render(rules: Iterable[tuple[str, str, RuleMeta]], version: str) -> str:
    """Render the document of rules, each by its name, category and front matter."""
    records = tuple(
        RuleRecord(meta.code, name, category, meta.severity, meta.status, meta.since, meta.summary, meta.guideline)
        for name, category, meta in rules
    )
    return encode(RulesDocument(schema="evlint.rules/1", version=version, rules=records))
