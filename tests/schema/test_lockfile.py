"""The lock file is read as it was written, and says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evlint.model.contract import Contract, FieldContract, Lock, TypeContract
from evlint.model.errors import UsageError
from evlint.schema.lockfile import dumps, loads, version_order

TEXT = st.text(max_size=12)
NAME = st.text(min_size=1, max_size=12)
LIMITS = st.dictionaries(st.sampled_from(["gt", "max_length"]), TEXT, max_size=2).map(
    lambda d: tuple(sorted(d.items()))
)


@st.composite
def fields(draw: st.DrawFn) -> tuple[FieldContract, ...]:
    names = draw(st.lists(NAME, unique=True, max_size=4))
    made = []
    for name in names:
        required = draw(st.booleans())
        default = None if required else draw(NAME)
        made.append(FieldContract(name, draw(TEXT), required, default, draw(TEXT), draw(LIMITS)))
    return tuple(made)


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    keys = draw(st.lists(st.tuples(NAME, st.integers(1, 12).map(str)), unique=True, max_size=4))
    contracts = []
    for event, version in keys:
        names = draw(st.lists(NAME, unique=True, max_size=3))
        values = tuple(sorted(draw(st.lists(NAME, unique=True, min_size=1, max_size=3))))
        types = (TypeContract("Line", fields=draw(fields())), TypeContract("Status", values))
        removed = tuple(sorted(draw(fields()), key=lambda field: field.name))
        contracts.append(
            Contract(
                event, version, tuple(sorted(names)), (), draw(fields()), types, removed, positional=draw(st.booleans())
            )
        )
    contracts.sort(key=lambda item: (item.event, version_order(item.version)))
    retired = tuple(sorted(draw(st.lists(NAME, unique=True, max_size=2))))
    return Lock(tuple(contracts), retired, draw(st.sampled_from(["full", "backward", "forward", "none"])))


@given(locks())
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    assert loads(dumps(lock), "events.lock") == lock


def test_a_field_is_a_line() -> None:
    note = FieldContract("note", "str | None", required=False, default="None", alias="n", limits=(("max_length", "9"),))
    text = dumps(Lock((Contract("shop.OrderPlaced", "1", fields=(FieldContract("id", "int"), note)),)))
    assert text.endswith(
        '[event."shop.OrderPlaced".1.fields]\n'
        'id = "int"\n'
        'note = { type = "str | None", default = "None", alias = "n", limits = { max_length = "9" } }\n'
    )


def test_versions_are_sorted_as_numbers() -> None:
    assert sorted(["10", "2", "1.10", "1.9", "beta"], key=version_order) == ["1.9", "1.10", "2", "10", "beta"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = ", "no valid TOML"),
        ("<<<<<<< HEAD\nformat = 1\n", "merge conflict"),
        ("format = 2\n", "format 2 is unknown"),
        ("format = 1\nevents = 3\n", "unknown field `events`"),
        ("retired = []\n", "missing required field `format`"),
    ],
)
def test_a_broken_lock_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        loads(text, "events.lock")
