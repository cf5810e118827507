"""Dialects of one's own, and what is said about those that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from evlint.app import analyse_sources
from evlint.dialects import load_dialects
from evlint.model.errors import UsageError

OWN = """
schema = 1
[dialect]
id = "house"
title = "House"
detect = { imports = ["house"] }
identity = "topic"
transport = "broker"
[types.wire]
names = ["house.Wire"]
[[rule]]
kind = "call"
match = ["wire.tell"]
act = "publish"
roles = { topic = "arg:0" }
"""


def test_a_dialect_of_ones_own_is_as_good_as_a_built_in_one(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text(OWN, encoding="utf-8")
    source = "from house import Wire\n\nwire = Wire()\n\ndef place():\n    wire.tell('order.placed')\n"
    program = analyse_sources({"shop.py": source}, load_dialects([path]))
    assert [(item.event, item.confidence) for item in program.publications] == [("topic:house/order.placed", "certain")]


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        pytest.param("title", "titel", "unknown key `titel`", id="a key"),
        pytest.param("wire.tell", "wyre.tell", "no type is called `wyre`", id="a type"),
        pytest.param("arg:0", "argument:0", "is no source", id="a role expression"),
        pytest.param("topic =", "topik =", "unknown role `topik`", id="a role"),
        pytest.param('"topic"', '"topics"', "Invalid enum value", id="a value"),
        pytest.param("schema = 1", "schema = ", "Invalid value", id="the TOML itself"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, wrong: str, right: str, told: str) -> None:
    path = tmp_path / "house.toml"
    path.write_text(OWN.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        load_dialects([path])
    assert str(path) in str(error.value)
    assert told in str(error.value)


def test_a_dialect_can_be_left_out() -> None:
    assert "pyee" not in {dialect.id for dialect in load_dialects(without=["pyee"])}


def test_an_unknown_dialect_cannot_be_left_out() -> None:
    with pytest.raises(UsageError, match="did you mean `pyee`"):
        load_dialects(without=["pye"])
