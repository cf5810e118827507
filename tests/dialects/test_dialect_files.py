"""Each pattern of each built-in dialect, run on its own example."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.dialects import load_dialects
from evlint.model.dialect import Dialect, Pattern
from evlint.model.roles import parse

SHIPPED = load_dialects()
DIALECTS = load_dialects(switched_on=[dialect.id for dialect in SHIPPED if not dialect.is_on])


def _cases() -> list[object]:
    return [
        pytest.param(dialect, pattern, id=f"{dialect.id}-{number}-{pattern.kind}-{pattern.match[0]}")
        for dialect in DIALECTS
        for number, pattern in enumerate(dialect.rule)
        if pattern.example
    ]


@pytest.mark.parametrize(("dialect", "pattern"), _cases())
def test_a_pattern_finds_what_it_says(dialect: Dialect, pattern: Pattern) -> None:
    program = analyse_sources({"example.py": pattern.example}, [dialect])
    names = {event.id: event.name for event in program.events}
    published = {f"{names[item.event]} in {item.location.symbol}" for item in program.publications}
    subscribed = {f"{names[item.event]} -> {item.handler}" for item in program.subscriptions}
    assert set(pattern.expect.publishes) <= published
    assert set(pattern.expect.subscribes) <= subscribed
    if pattern.expect.events is not None:
        assert set(pattern.expect.events) == {event.name for event in program.events}


@pytest.mark.parametrize("dialect", [pytest.param(dialect, id=dialect.id) for dialect in DIALECTS])
def test_the_roles_of_a_dialect_can_be_read(dialect: Dialect) -> None:
    for pattern in dialect.rule:
        for role in pattern.roles.values():
            assert parse(role).source
