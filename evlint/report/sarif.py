"""Findings as SARIF 2.1.0, in the form and within the limits that GitHub code scanning accepts."""

from __future__ import annotations

import re
from urllib.parse import quote

from evlint.fingerprint import fingerprints
from evlint.model.finding import SEVERITIES, Finding
from evlint.model.rule import Rule
from evlint.model.run import Run
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.document import Value, dumps
from evlint.report.escape import visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
RESULTS = 25_000
PLACES = 100
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def render(run: Run, context: Context) -> str:
    """Render one run; where there are more findings than fit, the most severe stay."""
    rules = [rule for _, rule in sorted(context.rules.items())]
    index = {rule.code: number for number, rule in enumerate(rules)}
    named = list(zip(run.findings, fingerprints(run.findings), strict=True))
    if len(named) > RESULTS:
        named = sorted(named, key=lambda item: -SEVERITIES.index(item[0].severity))[:RESULTS]
    driver: dict[str, Value] = {"name": "evlint", "version": context.version, "rules": [_rule(rule) for rule in rules]}
    log: dict[str, Value] = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": [_result(finding, fingerprint, index) for finding, fingerprint in named],
            }
        ],
    }
    return dumps(log)


def _rule(rule: Rule) -> dict[str, Value]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.meta.summary},
        "fullDescription": {"text": rule.meta.guideline},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": LEVELS[rule.meta.severity]},
        "properties": {"tags": ["event-driven", rule.category]},
    }


def _result(finding: Finding, fingerprint: str, index: dict[str, int]) -> dict[str, Value]:
    result: dict[str, Value] = {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": _text(finding.message)},
        "locations": [_place(finding.location)],
        "partialFingerprints": {"evlint/v1": fingerprint},
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    related = finding.related[: PLACES - 1]
    if related:
        result["relatedLocations"] = [
            {"id": number, **_place(item.location), "message": {"text": _text(item.message)}}
            for number, item in enumerate(related)
        ]
        steps = [{"location": {**_place(finding.location), "message": {"text": _text(finding.message)}}}]
        steps += [{"location": {**_place(item.location), "message": {"text": _text(item.message)}}} for item in related]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _place(location: Location) -> dict[str, Value]:
    span = location.span
    place: dict[str, Value] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(location.path), "uriBaseId": "%SRCROOT%"},
            "region": {
                "startLine": max(span.line, 1),
                "startColumn": max(span.column, 1),
                "endLine": max(span.end_line, span.line, 1),
                "endColumn": max(span.end_column, 1),
            },
        }
    }
    if location.symbol:
        place["logicalLocations"] = [{"fullyQualifiedName": visible(location.symbol)}]
    return place


def _text(message: str) -> str:
    """A message, in which brackets before parentheses are no link."""
    return _LINK.sub(r"\\[", visible(message))


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")
