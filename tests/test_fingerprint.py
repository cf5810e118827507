"""A finding keeps its fingerprint when lines move, and shares it with no other."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from evlint.fingerprint import fingerprints
from evlint.model.finding import Finding
from evlint.model.source import Location, Span

FINDING = Finding(
    "EVL201", "direct-call-after-publish", "warning", "wrong", Location("a.py", Span(3, 1, 3, 9), "place"), key="k"
)


def at(line: int, **changes: Any) -> Finding:
    location = replace(FINDING.location, span=Span(line, 1, line, 9))
    return replace(FINDING, location=location, **changes)


def test_the_fingerprint_is_a_promise() -> None:
    assert fingerprints([FINDING]) == ("d7ac3f8ecc617b3e",)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(at(99), id="another line"),
        pytest.param(replace(FINDING, message="is wrong"), id="another message"),
        pytest.param(replace(FINDING, severity="error"), id="another severity"),
        pytest.param(replace(FINDING, name="renamed"), id="another name of the rule"),
    ],
)
def test_it_stays(changed: Finding) -> None:
    assert fingerprints([changed]) == fingerprints([FINDING])


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(replace(FINDING, code="EVL204"), id="another rule"),
        pytest.param(replace(FINDING, key="other"), id="another key"),
        pytest.param(replace(FINDING, location=replace(FINDING.location, path="b.py")), id="another file"),
        pytest.param(replace(FINDING, location=replace(FINDING.location, symbol="cancel")), id="another function"),
        pytest.param(
            replace(FINDING, location=replace(FINDING.location, path="a.py\0", symbol="lace")), id="the same letters"
        ),
    ],
)
def test_it_differs(changed: Finding) -> None:
    assert fingerprints([changed]) != fingerprints([FINDING])


def test_findings_that_agree_are_told_apart_by_their_order_in_the_file() -> None:
    first, second = fingerprints([at(3), at(5)])
    assert first != second
    assert fingerprints([at(50), at(30)]) == (second, first)


def test_names_that_are_no_text_have_one() -> None:
    assert fingerprints([replace(FINDING, location=replace(FINDING.location, path="\udcff.py"))])
