"""Every example on every page of the built-in rules."""

from __future__ import annotations

import pytest

from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.examples import examples
from evlint.rulebook.pages import Page
from evlint.testing import Case, cases


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases(builtin())])
def test_an_example_is_reported_as_marked(case: Case) -> None:
    assert case.reported() == case.expected


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.name) for page in load(builtin()) if page.category != "hygiene"]
)
def test_a_page_shows_what_is_right_and_what_is_wrong(page: Page) -> None:
    assert {"incorrect", "correct"} <= {example.kind for example in examples(page)}
