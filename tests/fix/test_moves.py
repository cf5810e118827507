"""Publishing after the commit, and renaming across the program."""

from __future__ import annotations

import pytest

from tests.fix.operating import BUS, operate, sent, texts

KAFKA = "from aiokafka import AIOKafkaProducer\n\n\nasync def place(session, producer: AIOKafkaProducer, order):\n    session.add(order)\n"
DJANGO = "import pika\nfrom django.db import transaction\n\nchannel = pika.BlockingConnection().channel()\n\n\ndef pay(order, payload):\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            f'{KAFKA}    # They wait.\n    await producer.send_and_wait("placed", order.to_bytes())  # now\n    await session.commit()\n    return order\n',
            f'{KAFKA}    await session.commit()\n    # They wait.\n    await producer.send_and_wait("placed", order.to_bytes())  # now\n    return order\n',
            id="behind the commit",
        ),
        pytest.param(
            f'{KAFKA}    await producer.send_and_wait(\n        "placed",\n        order.to_bytes(),\n    )\n    note = 1\n    await session.commit()',
            f'{KAFKA}    note = 1\n    await session.commit()\n    await producer.send_and_wait(\n        "placed",\n        order.to_bytes(),\n    )',
            id="several lines at the end of the file",
        ),
        pytest.param(
            f'{DJANGO}    with transaction.atomic():\n        order.save()\n        channel.basic_publish(\n            "shop", "order.paid", payload\n        )\n        order.touch()\n    return 1\n',
            f'{DJANGO}    with transaction.atomic():\n        order.save()\n        order.touch()\n    channel.basic_publish(\n        "shop", "order.paid", payload\n    )\n    return 1\n',
            id="out of the transaction",
        ),
    ],
)
def test_it_publishes_after_the_commit(before: str, after: str) -> None:
    fixed = operate({"shop.py": before}, "EVL205", "EVL204")
    assert (fixed.contents, len(fixed.unsafe)) == ({}, 1)
    done = texts({"shop.py": before}, operate({"shop.py": before}, "EVL205", "EVL204", unsafe=True))
    assert done["shop.py"] == after


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param(
            f'{KAFKA}    await producer.send_and_wait("placed", order)\n    order = None\n    await session.commit()\n',
            "`order` changes before the commit",
            id="another value",
        ),
        pytest.param(
            f'{KAFKA}    sent = await producer.send_and_wait("placed", order)\n    await session.commit()\n',
            "its result is used",
            id="a result",
        ),
        pytest.param(
            f'{KAFKA}    if order:\n        await producer.send_and_wait("placed", order)\n    await session.commit()\n',
            "the commit is not beside it",
            id="under a condition",
        ),
        pytest.param(
            f'{DJANGO}    with transaction.atomic():\n        order.save()\n        channel.basic_publish("shop", "paid", payload)\n        return order\n',
            "the block may be left before its end",
            id="a return",
        ),
    ],
)
def test_what_cannot_be_moved_stays(source: str, reason: str) -> None:
    fixed = operate({"shop.py": source}, "EVL205", unsafe=True)
    assert (fixed.contents, [why for _, why in fixed.refused]) == ({}, [reason])


EVENTS = '"""CreateOrder is ours."""\nfrom dataclasses import dataclass\n\n__all__ = ["CreateOrder"]\n\n\n@dataclass(frozen=True)\nclass CreateOrder:\n    order_id: int\n'
USES = 'import events\n\n\ndef later(event: "CreateOrder | None") -> list[events.CreateOrder]:\n    return [events.CreateOrder(1)]  # CreateOrder\n'


def test_an_event_is_renamed_everywhere() -> None:
    sources = {"bus.py": BUS, "events.py": EVENTS, "orders.py": sent("CreateOrder"), "uses.py": USES}
    fixed = operate(sources, "EVL101")
    assert (fixed.contents, len(fixed.unsafe)) == ({}, 1)
    after = texts(sources, operate(sources, "EVL101", unsafe=True))
    assert after["events.py"] == EVENTS.replace("CreateOrder", "OrderCreated").replace(
        "OrderCreated is", "CreateOrder is"
    )
    assert after["orders.py"] == sent("OrderCreated")
    assert after["uses.py"] == USES.replace("CreateOrder", "OrderCreated").replace("# OrderCreated", "# CreateOrder")
    assert operate(after, "EVL101", unsafe=True).contents == {}


def test_a_private_name_stays_private() -> None:
    sources = {
        "bus.py": BUS,
        "events.py": EVENTS.replace("CreateOrder", "_CreateOrder"),
        "orders.py": sent("_CreateOrder"),
    }
    after = texts(sources, operate(sources, "EVL101", unsafe=True))
    assert after["orders.py"] == sent("_OrderCreated")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        pytest.param("OrderCreated = 1\n", "`more.py` has a `OrderCreated` already", id="the new name is taken"),
        pytest.param("class CreateOrder:\n    pass\n", "there is more than one `CreateOrder`", id="a namesake"),
        pytest.param("KINDS = {'CreateOrder': 1}\n", "`more.py` has the name as a text", id="a text"),
        pytest.param("def f(CreateOrder):\n    pass\n", "`more.py` has something else of the name", id="a parameter"),
        pytest.param(
            "def f(x):\n    return x.CreateOrder\n",
            "`x.CreateOrder` in `more.py` may be something else",
            id="an attribute",
        ),
    ],
)
def test_a_name_that_others_have_stays(more: str, reason: str) -> None:
    sources = {"bus.py": BUS, "events.py": EVENTS, "orders.py": sent("CreateOrder"), "more.py": more}
    fixed = operate(sources, "EVL101", unsafe=True)
    assert (fixed.contents, [why for _, why in fixed.refused]) == ({}, [reason])
