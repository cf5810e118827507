"""Findings for other tools to read: each report is held against what the other side demands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import JUnitXml, TestSuite

from evlint.model.finding import Finding, Related
from evlint.model.run import Run
from evlint.model.source import Location, Span
from evlint.report import github, gitlab, junit, sarif
from evlint.report.context import Context

SCHEMAS = Path(__file__).parent / "schemas"
# What GitLab documents of a code quality report.
QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "fingerprint": {"type": "string", "minLength": 1},
            "location": {
                "type": "object",
                "required": ["path", "positions"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "positions": {"type": "object", "required": ["begin"]},
                },
            },
        },
    },
}
HOSTILE = "\x1b[31m</failure>]]>&<script>\n::error::gotcha%0A|`\u202egpj.\x00\udcff"


@pytest.fixture
def hostile() -> Run:
    place = Location(f"a,b:{HOSTILE}.py", Span(3, 1, 3, 9), HOSTILE)
    return Run(
        findings=(
            Finding("EVL101", "event-not-past-tense", "warning", HOSTILE, place, HOSTILE, (Related(place, HOSTILE),)),
        )
    )


def log(run: Run, context: Context) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sarif.render(run, context))
    Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text())).validate(document)
    return document


def test_sarif_is_valid_and_tells_rule_place_and_flow(run: Run, context: Context) -> None:
    (told,) = log(run, context)["runs"]
    assert [result["ruleId"] for result in told["results"]] == ["EVL001", "EVL201", "EVL201"]
    assert [result["level"] for result in told["results"]] == ["error", "warning", "note"]
    call = told["results"][1]
    assert call["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 4,
        "startColumn": 9,
        "endLine": 4,
        "endColumn": 35,
    }
    assert call["relatedLocations"][0]["message"]["text"] == "`OrderPlaced` is published here"
    assert len(call["codeFlows"][0]["threadFlows"][0]["locations"]) == 2
    for result in told["results"]:
        if "ruleIndex" in result:
            assert told["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_keeps_the_most_severe_of_too_many(context: Context) -> None:
    place = Location("a.py", Span(1, 1, 1, 2))
    mild = Finding("EVL101", "event-not-past-tense", "info", "mild", place)
    severe = Finding("EVL111", "secret-in-payload", "error", "severe", place)
    results = json.loads(sarif.render(Run(findings=(*[mild] * sarif.RESULTS, severe)), context))["runs"][0]["results"]
    assert len(results) == sarif.RESULTS
    assert results[0]["ruleId"] == "EVL111"


def test_github_commands_annotate_lines(run: Run, context: Context) -> None:
    assert github.render(run, context).splitlines()[1] == (
        "::warning file=shop/orders.py,line=4,endLine=4,col=9,endColumn=35,title=EVL201 direct-call-after-publish"
        "::`OrderService.place` publishes `OrderPlaced` and then calls `self.billing.charge` itself"
    )


def test_gitlab_issues_are_what_it_documents(run: Run, context: Context) -> None:
    issues = json.loads(gitlab.render(run, context))
    Draft202012Validator(QUALITY).validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 3


def test_junit_is_read_by_a_reader_of_it(run: Run, context: Context) -> None:
    (suite,) = JUnitXml.fromstring(junit.render(run, context).encode())
    assert isinstance(suite, TestSuite)
    assert (suite.tests, suite.failures) == (3, 3)
    (passed,) = JUnitXml.fromstring(junit.render(Run(analysed=3), context).encode())
    assert (passed.tests, passed.failures) == (1, 0)


def test_what_comes_from_analysed_code_is_inert(hostile: Run, context: Context) -> None:
    log(hostile, context)
    Draft202012Validator(QUALITY).validate(json.loads(gitlab.render(hostile, context)))
    assert len(list(JUnitXml.fromstring(junit.render(hostile, context).encode()))) == 1
    (line,) = github.render(hostile, context).splitlines()
    head, _, _ = line.removeprefix("::warning ").partition("::")
    assert [part.partition("=")[0] for part in head.split(",")] == [
        "file",
        "line",
        "endLine",
        "col",
        "endColumn",
        "title",
    ]
    for render in (sarif.render, github.render, gitlab.render, junit.render):
        text = render(hostile, context)
        assert all(character == "\n" or character.isprintable() for character in text)
