"""Each kind of change, in both directions."""

from __future__ import annotations

import pytest

from evlint.model.contract import Contract, FieldContract, TypeContract
from evlint.schema.compare import compare

ID = FieldContract("id", "int")
NOTE = FieldContract("note", "str", required=False, default="''")


def contract(*fields: FieldContract, types: tuple[TypeContract, ...] = (), positional: bool = False) -> Contract:
    return Contract("shop.OrderPlaced", "1", (), (), fields, types, positional=positional)


def enum(*values: str) -> tuple[TypeContract, ...]:
    return (TypeContract("Status", values),)


def line(*fields: FieldContract, name: str = "Line") -> tuple[TypeContract, ...]:
    return (TypeContract(name, fields=fields),)


STATUS = FieldContract("status", "Status")
LINES = FieldContract("lines", "list[Line]")

CASES = [
    pytest.param(contract(ID), contract(ID, NOTE), "added", "ok", "ok", id="a field with a default"),
    pytest.param(contract(ID), contract(ID, FieldContract("x", "str")), "added", "breaks", "ok", id="one without"),
    pytest.param(contract(ID, NOTE), contract(ID), "removed", "ok", "ok", id="an optional field goes"),
    pytest.param(
        contract(ID, FieldContract("x", "str")), contract(ID), "removed", "ok", "breaks", id="a required goes"
    ),
    pytest.param(contract(ID), contract(FieldContract("uid", "int")), "renamed", "breaks", "breaks", id="renamed"),
    pytest.param(
        contract(ID, NOTE),
        contract(ID, FieldContract("notes", "str", required=False, default="''")),
        "renamed",
        "breaks",
        "breaks",
        id="an optional one renamed loses its value without a word",
    ),
    pytest.param(contract(ID), contract(FieldContract("id", "float")), "retyped", "ok", "breaks", id="wider"),
    pytest.param(contract(FieldContract("id", "float")), contract(ID), "retyped", "breaks", "ok", id="narrower"),
    pytest.param(contract(ID), contract(FieldContract("id", "str")), "retyped", "breaks", "breaks", id="other"),
    pytest.param(contract(ID), contract(FieldContract("id", "list[int]")), "retyped", "breaks", "breaks", id="many"),
    pytest.param(contract(ID), contract(FieldContract("id", "bytes")), "retyped", "breaks", "breaks", id="bytes"),
    pytest.param(contract(ID), contract(FieldContract("id", "int | None")), "retyped", "ok", "breaks", id="nullable"),
    pytest.param(contract(FieldContract("id", "int | None")), contract(ID), "retyped", "breaks", "ok", id="not null"),
    pytest.param(
        contract(ID), contract(FieldContract("id", "int | str")), "retyped", "ok", "breaks", id="a branch more"
    ),
    pytest.param(
        contract(FieldContract("n", "list[int]")),
        contract(FieldContract("n", "list[str]")),
        "retyped",
        "breaks",
        "breaks",
        id="items of another type",
    ),
    pytest.param(contract(NOTE), contract(FieldContract("note", "str")), "required", "breaks", "ok", id="no default"),
    pytest.param(contract(FieldContract("note", "str")), contract(NOTE), "optional", "ok", "risky", id="a default"),
    pytest.param(
        contract(NOTE),
        contract(FieldContract("note", "str", required=False, default="'-'")),
        "default",
        "risky",
        "ok",
        id="another default",
    ),
    pytest.param(
        contract(STATUS, types=enum("a")), contract(STATUS, types=enum("a", "b")), "values", "ok", "breaks", id="value"
    ),
    pytest.param(
        contract(STATUS, types=enum("a", "b")),
        contract(STATUS, types=enum("a")),
        "values",
        "breaks",
        "ok",
        id="no value",
    ),
    pytest.param(
        contract(FieldContract("s", "str", limits=(("max_length", "9"),))),
        contract(FieldContract("s", "str", limits=(("max_length", "5"),))),
        "limits",
        "breaks",
        "ok",
        id="a tighter limit",
    ),
    pytest.param(
        contract(FieldContract("s", "int", limits=(("ge", "1"),))),
        contract(FieldContract("s", "int")),
        "limits",
        "ok",
        "breaks",
        id="a limit less",
    ),
    pytest.param(
        contract(LINES, types=line(ID)), contract(LINES, types=line(ID, NOTE)), "added", "ok", "ok", id="nested, added"
    ),
    pytest.param(
        contract(LINES, types=line(ID)), contract(LINES, types=line()), "removed", "ok", "breaks", id="nested, removed"
    ),
    pytest.param(
        contract(ID, NOTE, positional=True),
        contract(NOTE, ID, positional=True),
        "order",
        "breaks",
        "breaks",
        id="order",
    ),
]


@pytest.mark.parametrize(("old", "new", "kind", "backward", "forward"), CASES)
def test_a_change_is_judged_both_ways(old: Contract, new: Contract, kind: str, backward: str, forward: str) -> None:
    (change,) = compare(old, new)
    assert (change.kind, change.backward, change.forward) == (kind, backward, forward)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(contract(ID, NOTE), contract(NOTE, ID), id="the order of fields with names"),
        pytest.param(
            contract(FieldContract("n", "list[int]")), contract(FieldContract("n", "tuple[int, ...]")), id="arrays"
        ),
        pytest.param(contract(ID), contract(FieldContract("key", "int", alias="id")), id="renamed under an alias"),
        pytest.param(
            contract(LINES, types=line(ID)),
            contract(FieldContract("lines", "list[Item]"), types=line(ID, name="Item")),
            id="a nested class renamed",
        ),
        pytest.param(
            contract(FieldContract("tree", "Node"), types=line(FieldContract("next", "Node"), name="Node")),
            contract(FieldContract("tree", "Node"), types=line(FieldContract("next", "Node"), name="Node")),
            id="a class that holds itself",
        ),
    ],
)
def test_what_does_not_travel_is_no_change(old: Contract, new: Contract) -> None:
    assert not compare(old, new)


def test_two_changes_of_one_enumeration_are_two() -> None:
    changes = compare(contract(STATUS, types=enum("a")), contract(STATUS, types=enum("b")))
    assert [(change.backward, change.forward) for change in changes] == [("breaks", "ok"), ("ok", "breaks")]


def test_a_removed_name_does_not_come_back_as_something_else() -> None:
    old = Contract("shop.OrderPlaced", "1", fields=(ID,), removed=(FieldContract("total", "int"),))
    again, other = FieldContract("total", "int", required=False), FieldContract("total", "str", required=False)
    assert [change.kind for change in compare(old, contract(ID, again))] == ["added"]
    assert {change.kind for change in compare(old, contract(ID, other))} == {"added", "reused"}


def test_another_topic_is_another_event() -> None:
    old, new = Contract("shop.OrderPlaced", "1", ("orders",)), Contract("shop.OrderPlaced", "1", ("order",))
    assert [(change.kind, change.backward, change.forward) for change in compare(old, new)] == [
        ("event", "breaks", "breaks")
    ]
    assert not compare(old, Contract("shop.OrderPlaced", "1", ("order", "orders")))


@pytest.mark.parametrize(("old", "new", "kind", "backward", "forward"), CASES)
def test_a_mode_asks_for_one_direction_or_both(
    old: Contract, new: Contract, kind: str, backward: str, forward: str
) -> None:
    (change,) = compare(old, new)
    assert change.breaks("backward") == (backward == "breaks")
    assert change.breaks("forward") == (forward == "breaks")
    assert change.breaks("full") == ("breaks" in (backward, forward))
    assert not change.breaks("none")
