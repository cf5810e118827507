"""Comments accept findings, and comments that accept none are findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from evlint.model.facts import Suppression
from evlint.model.finding import Cure, Finding
from evlint.model.program import FileSuppressions
from evlint.model.rule import Rule, RuleMeta
from evlint.model.source import Location, Span
from evlint.suppress import InForce, suppress

CODES = {
    "EVL002": "unused-suppression",
    "EVL201": "direct-call-after-publish",
    "EVL204": "dual-write",
    "EVL401": "orphan-event",
}
RAN = frozenset({"EVL002", "EVL201", "EVL204"})
META = RuleMeta(code="EVL002", severity="warning", status="default", since="0.1.0", summary="", guideline="")
UNUSED = Rule("unused-suppression", "hygiene", META, "", None)


def finding(code: str = "EVL201", line: int = 5, path: str = "a.py") -> Finding:
    return Finding(code, CODES[code], "warning", "wrong", Location(path, Span(line, 1, line, 9)))


def comment(*codes: str, **changes: Any) -> Suppression:
    values = {"reason": "", "scope": "statement", "first_line": 5, "last_line": 7, "span": Span(5, 20, 5, 40)}
    return Suppression(codes, **{**values, **changes})


def in_force(**changes: Any) -> InForce:
    known = {key: code for code, name in CODES.items() for key in (code, name)}
    values = {"known": known, "codes_at": lambda _: RAN, "complete": True, "unused": UNUSED}
    return InForce(**{**values, **changes})


def held(findings: Sequence[Finding], *comments: Suppression, **changes: Any) -> tuple[list[str], list[str]]:
    """Return the messages of the findings that stand, and the codes of those that are accepted."""
    kept, suppressed = suppress(findings, [FileSuppressions("a.py", comments)], in_force(**changes))
    return [each.message for each in kept], [each.code for each in suppressed]


@pytest.mark.parametrize(
    "accepting",
    [
        pytest.param(comment("EVL201"), id="by code"),
        pytest.param(comment("evl201"), id="by code in small letters"),
        pytest.param(comment("direct-call-after-publish"), id="by name"),
        pytest.param(comment("EVL2"), id="by the beginning of a code"),
        pytest.param(comment(), id="by no code"),
        pytest.param(comment("EVL201", first_line=3, last_line=5), id="on the last line of a statement"),
        pytest.param(comment("EVL201", scope="file", first_line=1, last_line=1), id="in the whole file"),
        pytest.param(comment("EVL201", syntax="noqa"), id="as noqa"),
        pytest.param(comment("F401", "EVL201", syntax="noqa"), id="as noqa, among others' codes"),
        pytest.param(comment(syntax="noqa"), id="as noqa without codes"),
    ],
)
def test_a_comment_accepts_a_finding(accepting: Suppression) -> None:
    assert held([finding()], accepting) == ([], ["EVL201"])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(comment("EVL401"), id="another code"),
        pytest.param(comment("E", syntax="noqa"), id="the beginning of another linter's codes"),
        pytest.param(comment("EVL201", first_line=6, span=Span(6, 1, 6, 9)), id="the next statement"),
        pytest.param(comment("EVL401", scope="file"), id="another code in the whole file"),
    ],
)
def test_a_comment_accepts_no_other_finding(other: Suppression) -> None:
    assert held([finding()], other, unused=None) == (["wrong"], [])


def test_a_comment_accepts_nothing_in_other_files() -> None:
    assert held([finding(path="b.py")], comment("EVL201"), unused=None) == (["wrong"], [])


@pytest.mark.parametrize(
    ("useless", "expected"),
    [
        pytest.param(comment("EVL204"), "unused suppression of `EVL204`", id="a code"),
        pytest.param(comment("dual-write"), "unused suppression of `dual-write`", id="a name"),
        pytest.param(comment("EVL201", "EVL204"), "unused suppression of `EVL204`", id="one of two"),
        pytest.param(comment("EVL204", syntax="noqa"), "unused suppression of `EVL204`", id="noqa"),
        pytest.param(comment(first_line=8, last_line=8, span=Span(8, 1, 8, 2)), "unused suppression", id="no code"),
        pytest.param(
            comment("EVL208"),
            "suppression of an unknown rule `EVL208`, did you mean `EVL204`?",
            id="an unknown code",
        ),
        pytest.param(
            comment("EVL999", syntax="noqa"), "suppression of an unknown rule `EVL999`", id="an unknown code as noqa"
        ),
        pytest.param(comment("whatever"), "suppression of an unknown rule `whatever`", id="nothing like a rule"),
        pytest.param(
            comment("EVL204", "x"), "unused suppression of `EVL204`; suppression of an unknown rule `x`", id="both"
        ),
    ],
)
def test_a_comment_without_effect_is_a_finding(useless: Suppression, expected: str) -> None:
    kept, _ = held([finding()], useless)
    assert [message for message in kept if message != "wrong"] == [expected]


@pytest.mark.parametrize(
    ("silent", "changes"),
    [
        pytest.param(comment("EVL401"), {}, id="a rule that did not run"),
        pytest.param(comment("EVL4"), {}, id="a beginning of a rule that did not run"),
        pytest.param(comment("F401", "E501", syntax="noqa"), {}, id="noqa of another linter"),
        pytest.param(comment(syntax="noqa"), {}, id="noqa without codes"),
        pytest.param(comment(), {"complete": False}, id="no code, where not all rules ran"),
        pytest.param(comment("EVL002"), {}, id="the rule about comments itself"),
        pytest.param(comment("EVL204", "EVL002"), {}, id="that accepts being unused"),
        pytest.param(comment("EVL204"), {"unused": None}, id="where nobody asks"),
        pytest.param(comment("EVL204"), {"codes_at": lambda _: RAN - {"EVL204"}}, id="a rule that is off in the file"),
        pytest.param(comment("EVL204"), {"codes_at": lambda _: RAN - {"EVL002"}}, id="where nobody asks in the file"),
    ],
)
def test_a_comment_that_cannot_be_judged_is_no_finding(silent: Suppression, changes: dict[str, Any]) -> None:
    assert held([], silent, **changes)[0] == []


def test_two_comments_on_one_finding_are_both_used() -> None:
    assert held([finding()], comment("EVL201"), comment("EVL2", scope="file")) == ([], ["EVL201"])


def test_a_comment_for_the_file_accepts_unused_comments() -> None:
    kept, suppressed = held([], comment("EVL204"), comment("EVL002", scope="file", span=Span(1, 1, 1, 9)))
    assert (kept, suppressed) == ([], ["EVL002"])


def test_a_comment_alone_on_its_line_can_accept_that_it_is_unused() -> None:
    above = comment("EVL204", "EVL002", span=Span(4, 1, 4, 30))
    assert held([], above) == ([], ["EVL002"])


def test_a_comment_without_codes_does_not_hide_that_it_is_unused() -> None:
    assert held([], comment(scope="file")) == (["unused suppression"], [])


def test_an_unused_comment_is_reported_where_it_stands() -> None:
    ((useless,), _) = suppress([], [FileSuppressions("a.py", (comment("EVL204"),))], in_force())
    assert useless == Finding(
        "EVL002",
        "unused-suppression",
        "warning",
        "unused suppression of `EVL204`",
        Location("a.py", Span(5, 20, 5, 40)),
        key="EVL204",
        cure=Cure("unsuppress", "Remove the unused suppression", "safe", words=("EVL204",)),
    )


def test_findings_stay_sorted() -> None:
    kept, _ = suppress([finding(line=3), finding(line=9)], [FileSuppressions("a.py", (comment("EVL204"),))], in_force())
    assert [each.location.line for each in kept] == [3, 5, 9]
