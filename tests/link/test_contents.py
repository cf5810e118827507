"""What a publication sends, and what the classes in it are."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.model.program import Payload

BROKER = (
    "import json\nfrom dataclasses import asdict\nfrom faststream.kafka import KafkaBroker\n\nbroker = KafkaBroker()\n"
)
ORDER = "class Entity: ...\nclass Order(Entity):\n    id: int\n"


def payload(body: str, *parts: str) -> Payload | None:
    source = "\n".join([BROKER, *parts, f"def place(order_id, order: 'Order'):\n    {body}\n"])
    (publication,) = analyse_sources({"shop.py": source}).publications
    return publication.payload


@pytest.mark.parametrize(
    ("body", "keys", "complete"),
    [
        pytest.param("broker.publish({'id': order_id, 'v': 1}, topic='t')", ("id", "v"), True, id="a literal"),
        pytest.param("broker.publish(json.dumps({'id': 1}).encode(), topic='t')", ("id",), True, id="serialised"),
        pytest.param("data = {'id': 1}\n    broker.publish(data, topic='t')", ("id",), True, id="a variable"),
        pytest.param(
            "data = {'id': 1}\n    data['b'] = 2\n    broker.publish(data, topic='t')", ("id",), False, id="set"
        ),
        pytest.param(
            "data = {'id': 1}\n    data.update(x)\n    broker.publish(data, topic='t')", ("id",), False, id="upd"
        ),
        pytest.param("broker.publish({'id': 1, **extra}, topic='t')", ("id",), False, id="with more in it"),
    ],
)
def test_a_mapping_has_keys(body: str, keys: tuple[str, ...], *, complete: bool) -> None:
    assert payload(body) == Payload("mapping", keys, complete)


def test_a_text_is_one() -> None:
    assert payload("broker.publish(f'order {order_id}', topic='t')") == Payload("text")


@pytest.mark.parametrize(
    ("argument", "how"),
    [
        ("asdict(order)", "asdict(order)"),
        ("order.__dict__", "order.__dict__"),
        ("order.to_dict()", "order.to_dict()"),
        ("{'order': order}", "order"),
        ("json.dumps(vars(order))", "vars(order)"),
    ],
)
def test_an_entity_is_handed_over_whole(argument: str, how: str) -> None:
    found = payload(f"broker.publish({argument}, topic='t')", ORDER)
    assert found is not None
    assert [(dump.type, dump.kind, dump.how) for dump in found.dumps] == [("shop.Order", "entity", how)]


def test_a_method_that_names_what_it_gives_away_is_curated() -> None:
    order = f"{ORDER}    def to_dict(self):\n        return {{'id': self.id}}\n"
    found = payload("broker.publish(order.to_dict(), topic='t')", order)
    assert found is None


def test_what_a_function_makes_of_an_entity_is_its_own_affair() -> None:
    made = "def summary(order):\n    return unknown(order.id)\n"
    assert payload("broker.publish(summary(order), topic='t')", ORDER, made) is None


def test_an_entity_s_id_is_not_the_entity() -> None:
    found = payload("broker.publish({'order': order.id}, topic='t')", ORDER)
    assert found is not None
    assert not found.dumps


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("from enum import Enum\nclass Held(Enum):\n    A = 'a'\n    B = 2\n", "enum ('a', 2)", id="enum"),
        pytest.param("class Held:\n    x: int\n", "record ()", id="record"),
        pytest.param("class Held:\n    __tablename__ = 'held'\n", "table ()", id="table"),
        pytest.param("from django.db import models\nclass Held(models.Model): ...\n", "table ()", id="Django"),
        pytest.param(
            "from sqlmodel import SQLModel\nclass Held(SQLModel, table=True): ...\n", "table ()", id="SQLModel"
        ),
        pytest.param("from sqlmodel import SQLModel\nclass Held(SQLModel): ...\n", "record ()", id="a plain SQLModel"),
        pytest.param("class AggregateRoot: ...\nclass Held(AggregateRoot): ...\n", "entity ()", id="aggregate"),
        pytest.param("class Held: ...\nmapper_registry.map_imperatively(Held, held)\n", "table ()", id="mapped"),
    ],
)
def test_a_class_that_an_event_holds_is_of_a_kind(source: str, expected: str) -> None:
    event = "class HeldMoved:\n    held: 'list[Held] | None'\n\nbroker.publish(HeldMoved([]), topic='t')\n"
    types = analyse_sources({"shop.py": BROKER + source + event}).types
    assert [f"{item.kind} ({', '.join(item.values)})" for item in types if item.name == "Held"] == [expected]


@pytest.mark.parametrize(
    "source",
    [
        "class Held(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n",
        "class Held(BaseModel):\n    class Config:\n        extra = Extra.forbid\n",
        "class Held(msgspec.Struct, forbid_unknown_fields=True): ...\n",
        "class Base(BaseModel, extra='forbid'): ...\nclass Held(Base): ...\n",
    ],
)
def test_a_class_refuses_what_it_does_not_know(source: str) -> None:
    event = "class HeldMoved:\n    held: Held\n\nbroker.publish(HeldMoved(1), topic='t')\n"
    (held,) = analyse_sources({"shop.py": BROKER + source + event}).types
    assert held.strict
