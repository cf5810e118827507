"""Comments of no use, and coroutines that nobody awaits."""

from __future__ import annotations

import pytest

from tests.fix.operating import BUS, operate, sent, texts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = 1  # evlint: ignore[EVL201] why\n", "x = 1\n", id="the whole comment"),
        pytest.param("# evlint: ignore[EVL201] why\nx = 1\n", "x = 1\n", id="a line of its own"),
        pytest.param("# evlint: ignore[EVL201] why\r\nx = 1\r\n", "x = 1\r\n", id="with its line end"),
        pytest.param("x = 1  # evlint: ignore[EVL201] why", "x = 1", id="the last of the file"),
        pytest.param("x = 1  # evlint: ignore[EVL201] why # pragma\n", "x = 1  # pragma\n", id="not what follows"),
        pytest.param("x = 1  # pragma # evlint: ignore[EVL201]\n", "x = 1  # pragma\n", id="not what comes before"),
        pytest.param("x = 1  # noqa: E501, EVL201 why\n", "x = 1  # noqa: E501 why\n", id="not another linter's code"),
        pytest.param("x = 1  # noqa: EVL201\n", "x = 1\n", id="a noqa of ours"),
        pytest.param(
            "x = 1  # evlint: ignore[EVL201]\n\ny = 1  # evlint: ignore[EVL201]\n", "x = 1\n\ny = 1\n", id="two alike"
        ),
        pytest.param("def f():\n    # evlint: ignore[EVL201]\n    pass\n", "def f():\n    pass\n", id="in a function"),
    ],
)
def test_a_comment_of_no_use_is_removed(before: str, after: str) -> None:
    fixed = operate({"shop.py": before}, "EVL")
    assert texts({"shop.py": before}, fixed) == {"shop.py": after}


def test_only_the_code_of_no_use_leaves_a_comment() -> None:
    event = "# evlint: ignore[EVL102, EVL201] ours\n@dataclass\nclass OrderPlaced:\n    id: int\n"
    sources = {
        "bus.py": BUS,
        "orders.py": sent("OrderPlaced"),
        "events.py": f"from dataclasses import dataclass\n{event}",
    }
    fixed = texts(sources, operate(sources, "EVL"))["events.py"]
    assert "# evlint: ignore[EVL102] ours\n@dataclass\n" in fixed


def test_a_code_that_may_be_misspelt_is_removed_on_demand_only() -> None:
    sources = {"shop.py": "x = 1  # evlint: ignore[EVL2o1]\n"}
    assert operate(sources, "EVL").contents == {}
    assert operate(sources, "EVL", unsafe=True).contents == {"shop.py": b"x = 1\n"}


PUBLISHER = """\
from faststream.kafka import KafkaBroker

broker = KafkaBroker()


async def place(order):
    {statement}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            'broker.publish({"id": 1}, topic="orders")  # now',
            'await broker.publish({"id": 1}, topic="orders")  # now',
            id="a statement",
        ),
        pytest.param(
            'broker.publish(\n        {"id": 1}, topic="orders"\n    )',
            'await broker.publish(\n        {"id": 1}, topic="orders"\n    )',
            id="over several lines",
        ),
    ],
)
def test_a_publish_is_awaited(before: str, after: str) -> None:
    sources = {"shop.py": PUBLISHER.format(statement=before)}
    fixed = operate(sources, "EVL208")
    assert (fixed.contents, len(fixed.unsafe)) == ({}, 1)
    fixed = operate(sources, "EVL208", unsafe=True)
    assert texts(sources, fixed) == {"shop.py": PUBLISHER.format(statement=after)}


def test_nothing_is_awaited_outside_a_coroutine() -> None:
    sources = {"shop.py": PUBLISHER.format(statement='broker.publish({}, topic="orders")').replace("async ", "")}
    assert operate(sources, "EVL208", unsafe=True).contents == {}
