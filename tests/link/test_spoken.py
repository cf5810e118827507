"""Publishers that are known by what they are called, as nobody knows what their code does with an event."""

from __future__ import annotations

from evlint.app import analyse_sources

STUB = """
import structlog

logger = structlog.get_logger()

async def publish_order_event(event_type: str, payload: dict) -> None:
    logger.info("order_event", type=event_type)

class EventPublisher:
    def __init__(self, path):
        self.path = path
    async def publish(self, event_type, data):
        with open(self.path, "a") as log:
            log.write(f"{event_type} {data}")

class Notifier:
    def publish(self, event_type, data):
        print(data)

class KeyBoard:
    def dispatch_key_event(self, event_type, key):
        self.device.press(event_type, key)
"""


def published(source: str) -> set[str]:
    program = analyse_sources({"shop.py": STUB + source})
    names = {event.id: event.name for event in program.events}
    return {f"{item.location.symbol}: {names[item.event]} {item.confidence}" for item in program.publications}


def test_what_is_called_a_publisher_publishes_what_its_parameter_names() -> None:
    assert published("""
class Orders:
    def __init__(self):
        self.publisher = EventPublisher("log")
    async def place(self):
        await self.publisher.publish("order.placed", {})
    async def award(self):
        await self.publisher.publish("points.award", {})
    async def _tell(self, event_type, data):
        await self.publisher.publish(event_type, data)
    async def cancel(self):
        await self._tell("order.cancelled", {})
""") == {
        "Orders.place: order.placed strong",
        "Orders.award: points.award strong",
        "Orders.cancel: order.cancelled strong",
    }


def test_a_function_that_is_named_after_sending_events_publishes_facts() -> None:
    assert published("""
async def place(): await publish_order_event("order.placed", {})
async def refuse(): await publish_order_event(event_type="order_refused", payload={})
async def tell(event_type): await publish_order_event(event_type, {})
async def cancel(): await tell("order.cancelled")
async def press(board: KeyBoard): board.dispatch_key_event("keyDown", "a")
""") == {
        "place: order.placed likely",
        "refuse: order_refused likely",
        "cancel: order.cancelled likely",
    }


def test_where_the_code_is_elsewhere_a_text_must_state_a_fact() -> None:
    assert published("""
def place(event_bus):
    event_bus.publish("order.placed", {})
    event_bus.publish("orders", {})
    event_bus.publish("The order was placed")
    event_bus.publish("placed")
""") == {"place: order.placed likely"}


def test_other_things_that_publish_are_left_alone() -> None:
    assert (
        published("""
def place(notifier: Notifier):
    notifier.publish("order.placed", {})
""")
        == set()
    )


def test_a_topic_of_which_nothing_is_known_names_no_event() -> None:
    program = analyse_sources(
        {
            "shop.py": "import pika\ndef send(channel: pika.channel.Channel):\n"
            "    channel.basic_publish('shop', f'{input()}.{input()}', b'')\n"
        }
    )
    assert [event.name for event in program.events] == []
    assert [item.reason for item in program.unresolved] == ["the topic is only known when the program runs"]
