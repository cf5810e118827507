"""What the screen lets through, and that nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evlint.dialects import load_dialects
from evlint.extract import extract
from evlint.link import Linker
from evlint.screen import active, admitting, screen_for

FIXTURES = Path(__file__).parents[1] / "fixtures"
DIALECTS = load_dialects()
ALL = load_dialects(switched_on=[dialect.id for dialect in DIALECTS if not dialect.is_on])


@pytest.mark.parametrize("folder", [pytest.param(name, id=name) for name in ("payments/bad", "payments/good")])
def test_a_screened_run_finds_what_an_unscreened_one_finds(folder: str) -> None:
    root = FIXTURES / folder
    contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.py"))}
    facts = {path: extract(data) for path, data in contents.items()}
    dialects = active(DIALECTS, contents.values())
    screen = screen_for(dialects)
    linker = Linker(facts, facts.get, dialects)
    wanted = {path for path, data in contents.items() if screen.admits(data)}
    while more := {
        path for path, data in contents.items() if path not in wanted and admitting(linker.words(sorted(wanted)))(data)
    }:
        wanted |= more
    screened = linker.link(sorted(wanted))
    whole = Linker(facts, facts.get, DIALECTS).link(sorted(facts))
    assert screened.publications == whole.publications
    assert screened.subscriptions == whole.subscriptions
    assert screened.events == whole.events


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(pattern, id=f"{dialect.id}-{pattern.match[0]}")
        for dialect in ALL
        for pattern in dialect.rule
        if pattern.example
    ],
)
def test_every_example_of_a_dialect_passes_its_screen(pattern: object) -> None:
    data = pattern.example.encode()  # type: ignore[attr-defined]
    assert screen_for(active(ALL, [data])).admits(data)


def test_plain_code_does_not_pass() -> None:
    assert not screen_for(()).admits(b"def total(prices):\n    return sum(prices)\n")
