"""Where an event may state the version of its schema."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources
from evlint.link.versions import in_name, is_version_name

BROKER = "from faststream.kafka import KafkaBroker\n\nbroker = KafkaBroker()\n"
EVENT = "class OrderPlaced:\n    order_id: int\n"
PUBLISH = "async def place(order_id):\n    await broker.publish(OrderPlaced(order_id), topic='orders')\n"


def version(*parts: str) -> str | None:
    (event,) = analyse_sources({"shop.py": BROKER + "\n\n".join(parts)}).events
    return event.version


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(EVENT, None, id="nothing"),
        pytest.param("class OrderPlaced:\n    version: int = 2\n", "2", id="a field"),
        pytest.param("class OrderPlaced:\n    version: int\n", "", id="a field without a default"),
        pytest.param("class OrderPlaced:\n    __version__ = 'v3'\n", "3", id="a class attribute"),
        pytest.param("class OrderPlaced:\n    v: Literal['4'] = Field('4')\n", "4", id="a field made by a call"),
        pytest.param("class OrderPlaced:\n    v: Literal[5]\n", "5", id="a literal type"),
        pytest.param("class OrderPlaced:\n    class Meta:\n        schema_version = 1\n", "1", id="in Meta"),
        pytest.param("class OrderPlaced(Base, version=7):\n    pass\n", "7", id="a class argument"),
        pytest.param("@event(version=8)\nclass OrderPlaced:\n    pass\n", "8", id="a decorator's argument"),
        pytest.param("class Base:\n    event_version = 9\n\nclass OrderPlaced(Base):\n    pass\n", "9", id="inherited"),
        pytest.param(
            "class OrderPlaced:\n    def to_dict(self):\n        return {'schemaVersion': 2}\n",
            "2",
            id="in what it dumps",
        ),
        pytest.param("class OrderPlaced:\n    aggregate_version: int = 3\n", None, id="another thing's version"),
        pytest.param("class OrderPlaced:\n    app_version: str\n", None, id="the app's version"),
    ],
)
def test_a_class_states_its_version(event: str, expected: str | None) -> None:
    assert version(event, PUBLISH) == expected


@pytest.mark.parametrize(
    ("publish", "expected"),
    [
        pytest.param("broker.publish(OrderPlaced(1), topic='orders.v2')", "2", id="the topic"),
        pytest.param("broker.publish(OrderPlaced(1), topic='orders', headers={'version': 3})", "3", id="a header"),
        pytest.param("broker.publish({'v': 1, 'data': OrderPlaced(1)}, topic='orders')", "1", id="an envelope's key"),
        pytest.param(
            "headers = {'schema-version': '4'}\n    broker.publish(OrderPlaced(1), topic='orders', headers=headers)",
            "4",
            id="headers made before",
        ),
        pytest.param("broker.publish(OrderPlaced(1), topic='orders', headers={'user': 3})", None, id="other headers"),
    ],
)
def test_a_publication_states_the_version(publish: str, expected: str | None) -> None:
    assert version(EVENT, f"def place():\n    {publish}\n") == expected


def test_a_forwarder_states_the_version() -> None:
    forward = "def send(event):\n    message = {'data': event}\n    message['version'] = 6\n    broker.publish(message, topic='o')"
    assert version(EVENT, forward, "def place():\n    send(OrderPlaced(1))\n") == "6"


def test_a_call_that_is_no_forwarder_of_the_event_states_nothing() -> None:
    other = "def save(order):\n    db.update(order, version=3)"
    assert version(EVENT, other, PUBLISH) is None


def test_a_framework_that_numbers_its_events_states_a_version() -> None:
    source = (
        "from protean import Domain\n\ndomain = Domain()\n\n"
        "@domain.event(part_of='Order')\nclass OrderPlaced:\n    order_id: int\n"
    )
    (event,) = analyse_sources({"shop.py": source}).events
    assert event.version == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("OrderPlacedV2", "2"), ("OrderV1Placed", "1"), ("OrderPlaced", None), ("IPv4Assigned", None), ("order_v3", "3")],
)
def test_a_name_states_a_version(name: str, expected: str | None) -> None:
    assert in_name(name) == expected


@pytest.mark.parametrize("name", ["version", "__version__", "SCHEMA_VERSION", "eventVersion", "v", "schema-id"])
def test_names_of_versions(name: str) -> None:
    assert is_version_name(name)


@pytest.mark.parametrize("name", ["", "specversion", "api_version", "originator_version", "conversion", "versions"])
def test_names_that_are_of_no_schema(name: str) -> None:
    assert not is_version_name(name)
