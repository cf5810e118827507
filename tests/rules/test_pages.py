"""Every example on every page of the built-in rules."""

from __future__ import annotations

import msgspec
import pytest

from evlint.app import Analysis, analyse_sources, check
from evlint.model.run import Choice
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.examples import Example, examples
from evlint.rulebook.pages import Page
from evlint.rulebook.selection import select
from evlint.schema.lockfile import loads

PAGES = load(builtin())


def _cases() -> list[object]:
    return [
        pytest.param(page, example, id=f"{page.name}-{example.kind}-{example.title or number}")
        for page in PAGES
        for number, example in enumerate(examples(page))
    ]


@pytest.mark.parametrize(("page", "example"), _cases())
def test_an_example_is_reported_as_marked(page: Page, example: Example) -> None:
    choice = Choice(extend_select=(page.code,))
    selection = select(PAGES, choice)
    program = analyse_sources(example.files)
    if example.lock:
        program = msgspec.structs.replace(program, lock=loads(example.lock, "events.lock"))
    run = check(Analysis(program), selection, debug=True)
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for finding in run.findings:
        if example.kind == "correct" or finding.name == page.name:
            key = (finding.location.path, finding.location.line)
            found[key] = (*found.get(key, ()), finding.name)
    assert found == example.expected


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if page.category != "hygiene"])
def test_a_page_shows_what_is_right_and_what_is_wrong(page: Page) -> None:
    assert {"incorrect", "correct"} <= {example.kind for example in examples(page)}
