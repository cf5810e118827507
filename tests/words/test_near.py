from __future__ import annotations

import pytest

from evlint.words.near import difference, nearest


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("order.placed", "OrderPlaced", "case or separators"),
        ("orders.placed", "order.placed", "a plural"),
        ("entries_added", "entry_added", "a plural"),
        ("UserCreated", "UserCreatedV2", "a version"),
        ("user.created.v1", "user.created.v2", "a version"),
        ("OrderShiped", "OrderShipped", "a letter or two"),
        ("payment_recieved", "payment_received", "a letter or two"),
    ],
)
def test_one_event_that_is_named_in_two_ways(one: str, other: str, expected: str) -> None:
    assert difference(one, other) == expected
    assert difference(other, one) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("OrderPlaced", "OrderPlaced", id="the same"),
        pytest.param("OrderCreated", "OrderUpdated", id="another verb"),
        pytest.param("UserActivated", "UserDeactivated", id="the opposite"),
        pytest.param("order_placed", "order_replaced", id="a prefix"),
        pytest.param("pre_save", "post_save", id="another moment"),
        pytest.param("step_1", "step_2", id="numbered"),
        pytest.param("step1", "step2", id="numbered in the word"),
        pytest.param("UserAdded", "UserEnded", id="a word that begins with another letter"),
        pytest.param("OrderPaid", "OrderSaid", id="too short to tell"),
        pytest.param("OrderPlaced", "PlacedOrder", id="another order"),
        pytest.param("OrderLinePlaced", "OrderPlaced", id="a word more"),
        pytest.param("{}", "order", id="nothing known"),
    ],
)
def test_two_events(one: str, other: str) -> None:
    assert difference(one, other) == ""
    assert difference(other, one) == ""


def test_what_differs_least_is_nearest() -> None:
    assert nearest("order.placed", ["order.placed.v2", "orders.placed", "OrderPlaced"]) == (
        "OrderPlaced",
        "case or separators",
    )
    assert nearest("order.placed", ["order.shipped"]) == ("", "")
