"""Findings as JUnit XML: a test case for each, or one that passed."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evlint.model.finding import Finding
from evlint.model.run import Run
from evlint.report.context import Context
from evlint.report.escape import terminal


def render(run: Run, context: Context) -> str:
    """Render one suite; what XML cannot hold is shown escaped."""
    count = len(run.findings)
    suites = Element("testsuites", name="evlint", tests=str(count or 1), failures=str(count))
    suite = SubElement(suites, "testsuite", name="evlint", tests=str(count or 1), failures=str(count), errors="0")
    for finding in run.findings:
        _case(suite, finding)
    if not run.findings:
        SubElement(suite, "testcase", classname="evlint", name=f"{run.analysed} files")
    indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(suites, "unicode")}\n'


def _case(suite: Element, finding: Finding) -> None:
    place = f"{terminal(finding.location.path)}:{finding.location.line}"
    case = SubElement(
        suite,
        "testcase",
        classname=terminal(finding.location.path),
        name=f"{finding.code} {finding.name} at line {finding.location.line}",
        file=terminal(finding.location.path),
        line=str(finding.location.line),
    )
    failure = SubElement(case, "failure", type=finding.code, message=terminal(finding.message))
    failure.text = f"{place}: {finding.code} {terminal(finding.message)}"
