"""Freezing events, each framework's way."""

from __future__ import annotations

import pytest

from tests.fix.operating import BUS, operate, sent, texts

CODE = "EVL102"


def program(events: str, more: str = "") -> dict[str, str]:
    return {"bus.py": BUS, "events.py": events, "orders.py": sent("OrderPlaced") + more}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "from dataclasses import dataclass\n\n@dataclass  # kept\nclass OrderPlaced:\n    id: int\n",
            "from dataclasses import dataclass\n\n@dataclass(frozen=True)  # kept\nclass OrderPlaced:\n    id: int\n",
            id="a bare dataclass",
        ),
        pytest.param(
            "import dataclasses\n\n@dataclasses.dataclass()\nclass OrderPlaced:\n    id: int\n",
            "import dataclasses\n\n@dataclasses.dataclass(frozen=True)\nclass OrderPlaced:\n    id: int\n",
            id="an empty call",
        ),
        pytest.param(
            "from dataclasses import dataclass\n\n@dataclass(\n    slots=True,  # small\n)\nclass OrderPlaced:\n    id: int\n",
            "from dataclasses import dataclass\n\n@dataclass(\n    slots=True, frozen=True,  # small\n)\nclass OrderPlaced:\n    id: int\n",
            id="among arguments",
        ),
        pytest.param(
            "from dataclasses import dataclass\n\n@dataclass(frozen=False)\nclass OrderPlaced:\n    id: int\n",
            "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass OrderPlaced:\n    id: int\n",
            id="said to be mutable",
        ),
        pytest.param(
            "from dataclasses import dataclass\n\n@dataclass\nclass Base:\n    at: int\n\n@dataclass\nclass OrderPlaced(Base):\n    id: int\n",
            "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Base:\n    at: int\n\n@dataclass(frozen=True)\nclass OrderPlaced(Base):\n    id: int\n",
            id="a base and what derives from it",
        ),
        pytest.param(
            "import attrs\n\n@attrs.define\nclass OrderPlaced:\n    id: int\n",
            "import attrs\n\n@attrs.define(frozen=True)\nclass OrderPlaced:\n    id: int\n",
            id="attrs",
        ),
        pytest.param(
            "from msgspec import Struct\n\nclass OrderPlaced(Struct):\n    id: int\n",
            "from msgspec import Struct\n\nclass OrderPlaced(Struct, frozen=True):\n    id: int\n",
            id="msgspec",
        ),
        pytest.param(
            "from pydantic import BaseModel\n\nclass OrderPlaced(BaseModel):\n    id: int\n",
            "from pydantic import BaseModel\n\nclass OrderPlaced(BaseModel, frozen=True):\n    id: int\n",
            id="pydantic",
        ),
        pytest.param(
            "from pydantic import BaseModel, ConfigDict\n\nclass OrderPlaced(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    id: int\n",
            "from pydantic import BaseModel, ConfigDict\n\nclass OrderPlaced(BaseModel):\n    model_config = ConfigDict(extra='forbid', frozen=True)\n    id: int\n",
            id="pydantic with a configuration",
        ),
        pytest.param(
            "from pydantic import BaseModel\n\nclass OrderPlaced(BaseModel):\n    model_config = {'extra': 'forbid'}\n    id: int\n",
            "from pydantic import BaseModel\n\nclass OrderPlaced(BaseModel):\n    model_config = {\"frozen\": True, 'extra': 'forbid'}\n    id: int\n",
            id="pydantic with a dict",
        ),
        pytest.param(
            "from pydantic.v1 import BaseModel\n\nclass OrderPlaced(BaseModel):\n    id: int\n\n    class Config:\n        extra = 'forbid'  # no more\n",
            "from pydantic.v1 import BaseModel\n\nclass OrderPlaced(BaseModel):\n    id: int\n\n    class Config:\n        frozen = True\n        extra = 'forbid'  # no more\n",
            id="pydantic 1",
        ),
        pytest.param(
            "from pydantic.v1 import BaseModel\n\nclass OrderPlaced(BaseModel):\n    id: int\n\n    class Config:\n        allow_mutation = True\n",
            "from pydantic.v1 import BaseModel\n\nclass OrderPlaced(BaseModel):\n    id: int\n\n    class Config:\n        allow_mutation = False\n",
            id="pydantic 1 said to be mutable",
        ),
    ],
)
def test_an_event_is_frozen(before: str, after: str) -> None:
    sources = program(before)
    fixed = operate(sources, CODE)
    assert texts(sources, fixed)["events.py"] == after
    assert len(fixed.cured) == 1
    again = texts(sources, fixed)
    assert operate(again, CODE).contents == {}


EVENT = "from dataclasses import dataclass\n\n@dataclass\nclass OrderPlaced:\n    id: int\n"


def test_an_event_that_is_changed_is_left_alone() -> None:
    sources = program(EVENT, "\n\ndef late():\n    event = OrderPlaced(1)\n    event.id = 2\n    bus.publish(event)\n")
    assert operate(sources, CODE, unsafe=True).contents == {}


def test_what_may_be_an_assignment_to_a_field_makes_it_unsafe() -> None:
    sources = program(EVENT, "\n\ndef late(thing):\n    thing.id = 2\n")
    fixed = operate(sources, CODE)
    assert (fixed.contents, len(fixed.unsafe)) == ({}, 1)
    assert list(operate(sources, CODE, unsafe=True).contents) == ["events.py"]


@pytest.mark.parametrize("owner", ["message", "self.last_event", "order_placed"])
def test_what_is_called_like_an_event_is_taken_for_one(owner: str) -> None:
    fixed = operate(
        program(EVENT, f"\n\ndef late(self, message, order_placed):\n    {owner}.id = 2\n"), CODE, unsafe=True
    )
    assert (fixed.contents, [reason for _, reason in fixed.refused]) == ({}, ["`orders.py` may change it"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("    def __post_init__(self):\n        self.id = 3\n", "changes its instance", id="__post_init__"),
        pytest.param("    def grow(this):\n        this.id += 3\n", "changes its instance", id="another self"),
        pytest.param("    def put(self, k, v):\n        setattr(self, k, v)\n", "changes its instance", id="setattr"),
        pytest.param("    def __setattr__(self, k, v):\n        print(k)\n", "defines `__setattr__`", id="__setattr__"),
    ],
)
def test_a_class_that_changes_itself_is_not_frozen(body: str, reason: str) -> None:
    fixed = operate(program(f"{EVENT}\n{body}"), CODE, unsafe=True)
    assert fixed.contents == {}
    assert reason in fixed.refused[0][1]


def test_dataclasses_elsewhere_are_frozen_with_their_base() -> None:
    base = "from dataclasses import dataclass\n\n@dataclass\nclass Event:\n    at: int\n"
    events = "from base import Event\nfrom dataclasses import dataclass\n\n@dataclass\nclass OrderPlaced(Event):\n    id: int\n"
    other = "import dataclasses\nfrom base import Event\n\n@dataclasses.dataclass\nclass Note(Event):\n    id: int\n"
    namesake = "from dataclasses import dataclass\n\n@dataclass\nclass Event:\n    day: int\n\n@dataclass\nclass Party(Event):\n    guests: int\n"
    sources = {**program(events), "base.py": base, "other.py": other, "namesake.py": namesake}
    fixed = operate(sources, CODE)
    assert sorted(fixed.contents) == ["base.py", "events.py", "other.py"]
    assert "@dataclasses.dataclass(frozen=True)" in texts(sources, fixed)["other.py"]


def test_a_base_that_cannot_be_frozen_holds_its_events_back() -> None:
    sources = program(
        "from dataclasses import dataclass\nfrom elsewhere import Base\n\n@dataclass\nclass OrderPlaced(Base):\n    id: int\n"
    )
    assert operate(sources, CODE, unsafe=True).contents == {}


def test_freezing_brings_to_light_what_can_still_be_changed() -> None:
    sources = program("from dataclasses import dataclass\n\n@dataclass\nclass OrderPlaced:\n    lines: list\n")
    fixed = operate(sources, "EVL102", "EVL103")
    assert [finding.code for finding in fixed.cured] == ["EVL102"]


def test_attributes_that_are_set_by_name_are_changes() -> None:
    sources = program(EVENT, "\n\ndef fill(event, values):\n    for key in values:\n        setattr(event, key, 1)\n")
    assert operate(sources, CODE, unsafe=True).contents == {}


def test_slots_that_a_class_names_itself_are_left_alone() -> None:
    sources = program(EVENT.replace("    id: int\n", "    __slots__ = ('id',)\n    id: int\n"))
    assert operate(sources, CODE, unsafe=True).contents == {}


BASE = "from dataclasses import dataclass\n\n@dataclass\nclass Event:\n    at: int\n"
PLACED = "from kit.event import Event\nfrom dataclasses import dataclass\n\n@dataclass\nclass OrderPlaced(Event):\n    id: int\n"


@pytest.mark.parametrize(
    ("sources", "is_safe"),
    [
        pytest.param({"kit/__init__.py": "", "kit/event.py": BASE, "events.py": PLACED}, True, id="one's own"),
        pytest.param(
            {"kit/__init__.py": "from kit.event import Event\n", "kit/event.py": BASE, "events.py": PLACED},
            False,
            id="what a package hands out",
        ),
        pytest.param(
            {"kit/__init__.py": "", "kit/event.py": BASE, "tests/events.py": PLACED},
            False,
            id="what only tests derive from",
        ),
    ],
)
def test_dataclasses_that_others_may_derive_from_are_frozen_on_demand(sources: dict[str, str], is_safe: bool) -> None:
    place = "tests/orders.py" if "tests/events.py" in sources else "orders.py"
    module = "tests.events" if place.startswith("tests") else "events"
    text = sent("OrderPlaced").replace("from events", f"from {module}")
    whole = {**sources, "bus.py": BUS, place: text}
    fixed = operate(whole, CODE)
    assert (bool(fixed.contents), bool(fixed.unsafe)) == (is_safe, not is_safe)
    assert operate(whole, CODE, unsafe=True).contents
