"""What of an event's class, or of its dicts, becomes the contract."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.model.contract import Contract, FieldContract
from evlint.schema.contracts import contracts

BROKER = """
from enum import Enum
from typing import Annotated, NamedTuple
from annotated_types import Gt
from faststream.kafka import KafkaBroker
from pydantic import BaseModel, Field

broker = KafkaBroker()

class Status(Enum):
    NEW = "new"
    PAID = "paid"

class Line(BaseModel):
    sku: str
    status: Status
"""
PUBLISH = "async def place(data):\n    await broker.publish(OrderPlaced(**data), topic='orders.v2')\n"


def contract(source: str) -> Contract:
    (found,) = contracts(analyse_sources({"shop.py": BROKER + source})).contracts
    return found


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("x: int", FieldContract("x", "int")),
        ("x: int = 3", FieldContract("x", "int", required=False, default="3")),
        ("x: Optional[int] = None", FieldContract("x", "int | None", required=False, default="None")),
        (
            "x: list[int] = Field(default_factory=list)",
            FieldContract("x", "list[int]", required=False, default="list()"),
        ),
        ("x: int = Field(..., alias='X')", FieldContract("x", "int", alias="X")),
        ("x: int = Field(5, alias='X', gt=1)", FieldContract("x", "int", False, "5", "X", (("gt", "1"),))),
        ("x: Annotated[int, Gt(1)]", FieldContract("x", "int", limits=(("gt", "1"),))),
        ("x: Annotated[str, Field(max_length=9)]", FieldContract("x", "str", limits=(("max_length", "9"),))),
    ],
)
def test_a_field_is_a_promise(field: str, expected: FieldContract) -> None:
    assert contract(f"class OrderPlaced(BaseModel):\n    {field}\n{PUBLISH}").fields == (expected,)


def test_an_event_has_a_name_a_version_and_an_owner() -> None:
    found = contract(f"class OrderPlaced(BaseModel):\n    x: int\n{PUBLISH}")
    assert (found.event, found.version, found.names, found.owners) == ("shop.OrderPlaced", "2", ("orders.v2",), (".",))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("x = String(required=True, max_length=9)", FieldContract("x", "str", limits=(("max_length", "9"),))),
        ("x = Integer()", FieldContract("x", "int", required=False, default="…")),
    ],
)
def test_a_framework_s_field_is_a_promise(field: str, expected: FieldContract) -> None:
    source = (
        "from protean import Domain\nfrom protean.fields import Integer, String\n\ndomain = Domain()\n\n"
        f"@domain.event(part_of='Order')\nclass OrderPlaced:\n    {field}\n"
    )
    (found,) = contracts(analyse_sources({"shop.py": source})).contracts
    assert found.fields == (expected,)


def test_what_stays_in_the_object_is_no_promise() -> None:
    assert not contract(f"class OrderPlaced(BaseModel):\n    _seen: int = 0\n{PUBLISH}").fields


def test_held_classes_are_part_of_the_contract() -> None:
    found = contract(f"class OrderPlaced(BaseModel):\n    lines: list[Line]\n{PUBLISH}")
    assert [(item.name, item.values, [field.name for field in item.fields]) for item in found.types] == [
        ("Line", (), ["sku", "status"]),
        ("Status", ("'new'", "'paid'"), []),
    ]


def test_a_tuple_s_order_matters() -> None:
    assert contract(f"class OrderPlaced(NamedTuple):\n    x: int\n{PUBLISH}").positional


def test_dicts_have_the_keys_that_all_of_them_have() -> None:
    source = (
        "async def place():\n    await broker.publish({'id': 1, 'note': ''}, topic='orders')\n"
        "async def again():\n    await broker.publish({'id': 1}, topic='orders')\n"
    )
    found = contract(source)
    assert found.event == "topic:kafka/orders"
    assert found.fields == (FieldContract("id", "?"), FieldContract("note", "?", required=False))


def test_an_open_dict_promises_nothing() -> None:
    source = "async def place(extra):\n    await broker.publish({'id': 1, **extra}, topic='orders')\n"
    assert not contracts(analyse_sources({"shop.py": BROKER + source})).contracts


def test_events_of_tests_promise_nothing() -> None:
    source = BROKER + f"class OrderPlaced(BaseModel):\n    x: int\n{PUBLISH}"
    assert not contracts(analyse_sources({"tests/test_shop.py": source})).contracts
