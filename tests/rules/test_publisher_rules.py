"""What the rules about publishers do beyond the examples of their pages."""

from __future__ import annotations

import pytest

from evlint.app import Analysis, analyse_sources, check
from evlint.model.finding import Finding
from evlint.model.run import Choice
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.selection import select

BROKER = "from faststream.kafka import KafkaBroker\n\nbroker = KafkaBroker()\n\n"
LEDGER = BROKER + "@broker.subscriber('paid')\nasync def post(message): ...\n"
BUS = (
    "class EventBus:\n    def __init__(self): self._subs = {}\n"
    "    def subscribe(self, kind, handler): self._subs.setdefault(kind, []).append(handler)\n"
    "    def publish(self, event):\n        for handler in self._subs.get(type(event), []): handler(event)\n\n"
    "bus = EventBus()\n\nclass OrderPlaced:\n    def __init__(self, x): self.x = x\n"
)


def found(code: str, files: dict[str, str], **options: object) -> list[Finding]:
    choice = Choice(select=(code,), options={code: options} if options else {})
    return list(check(Analysis(analyse_sources(files)), select(load(builtin()), choice), debug=True).findings)


def published(body: str) -> dict[str, str]:
    """A billing service whose publishing function has that body, and a ledger that consumes."""
    source = f"{BROKER}async def pay(message, kind, consumer, target, user):\n"
    return {"billing/pay.py": source + "".join(f"    {line}\n" for line in body.split("\n")), "ledger/take.py": LEDGER}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("if consumer == 'mail':\n    await broker.publish(message, 'paid')", id="a test"),
        pytest.param("if consumer in ('mail', 'x'):\n    await broker.publish(message, 'paid')", id="one of several"),
        pytest.param("if 'ledger' == target:\n    await broker.publish(message, 'paid')", id="a consuming service"),
        pytest.param(
            "match consumer:\n    case 'mail':\n        await broker.publish(message, 'paid')", id="a match statement"
        ),
        pytest.param(
            "await broker.publish(message if consumer == 'a' else {}, 'paid')", id="what is sent depends on it"
        ),
    ],
)
def test_a_special_case_for_a_consumer_is_found(body: str) -> None:
    assert len(found("EVL203", published(body))) == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("if kind == 'ledger':\n    await broker.publish(message, 'paid')", id="a test of something else"),
        pytest.param("if target == 'moon':\n    await broker.publish(message, 'paid')", id="no consumer is called so"),
        pytest.param("await broker.publish(message, f'{user}.paid')", id="a topic for each user"),
        pytest.param("if consumer == 'mail':\n    return\nawait broker.publish(message, 'paid')", id="beside the call"),
    ],
)
def test_what_picks_no_consumer_is_silent(body: str) -> None:
    assert not found("EVL203", published(body))


def test_names_may_be_allowed() -> None:
    body = "if consumer == 'mail':\n    await broker.publish(message, 'paid')"
    assert not found("EVL203", published(body), allow=["consumer"])


def test_an_import_is_reported_once_however_often_it_is_used() -> None:
    files = {
        "bus.py": BUS,
        "mail.py": "from bus import bus, OrderPlaced\n\ndef confirm(event): ...\n\nbus.subscribe(OrderPlaced, confirm)\n",
        "orders.py": "from bus import bus, OrderPlaced\nfrom mail import confirm\n\n"
        "def place(x):\n    bus.publish(OrderPlaced(x))\n    confirm(x)\n    confirm(x)\n",
    }
    (finding,) = found("EVL202", files)
    assert (finding.location.path, finding.location.line) == ("orders.py", 2)
    assert not found("EVL202", files, allow=["mail.py"])


def test_a_module_that_registers_its_consumers_may_import_them() -> None:
    files = {
        "bus.py": BUS,
        "mail.py": "def confirm(event): ...\n",
        "orders.py": "from bus import bus, OrderPlaced\nfrom mail import confirm\n\nbus.subscribe(OrderPlaced, confirm)\n\n"
        "def place(x):\n    bus.publish(OrderPlaced(x))\n    confirm(x)\n",
    }
    assert not found("EVL202", files)


ORDERS = """
import asyncio

from bus import OrderPlaced, bus


class Orders:
    def __init__(self, mailer, ledger, listeners):
        self.mailer = mailer
        self.ledger = ledger
        self.listeners = listeners

    def _announce(self):
        bus.publish(OrderPlaced(1))

    async def _tell(self, order):
        await self.mailer.send(order)

    async def place(self, order, group, loop, background):
"""
WITH_HANDLER = BUS + "\ndef handle(event): ...\n\nbus.subscribe(OrderPlaced, handle)\n"


def after_publishing(body: str, publish: str = "bus.publish(OrderPlaced(1))") -> list[str]:
    """What is reported to be called after an event was published."""
    source = ORDERS + "".join(f"        {line}\n" for line in (publish, *body.split("\n")))
    findings = found("EVL201", {"bus.py": WITH_HANDLER, "orders.py": source})
    return [finding.message.split("then calls `")[1].split("`")[0] for finding in findings]


@pytest.mark.parametrize(
    ("body", "called"),
    [
        pytest.param("await self.mailer.send(order)", ["self.mailer.send"], id="awaited"),
        pytest.param("self.mailer.send(order)", ["self.mailer.send"], id="not awaited"),
        pytest.param(
            "await asyncio.gather(self.mailer.send(order), self.ledger.post(order))",
            ["self.mailer.send", "self.ledger.post"],
            id="gathered",
        ),
        pytest.param(
            "calls = [self.mailer.send(order), self.ledger.post(order)]\nawait asyncio.gather(*calls)",
            ["self.mailer.send", "self.ledger.post"],
            id="collected and gathered",
        ),
        pytest.param(
            "async with asyncio.TaskGroup() as tasks:\n    tasks.create_task(self.mailer.send(order))",
            ["self.mailer.send"],
            id="in a task group",
        ),
        pytest.param("group.start_soon(self.mailer.send, order)", ["self.mailer.send"], id="handed to a task group"),
        pytest.param("background.add_task(self.mailer.send, order)", ["self.mailer.send"], id="in the background"),
        pytest.param(
            "await loop.run_in_executor(None, self.mailer.send, order)", ["self.mailer.send"], id="in an executor"
        ),
        pytest.param("await asyncio.to_thread(self.ledger.post, order)", ["self.ledger.post"], id="in a thread"),
        pytest.param(
            "for one in (self.mailer, self.ledger):\n    await one.handle(order)",
            ["self.mailer.handle", "self.ledger.handle"],
            id="in a loop over named objects",
        ),
        pytest.param(
            "for listener in self.listeners:\n    listener.on_placed(order)", ["listener.on_placed"], id="in a loop"
        ),
        pytest.param(
            "await asyncio.gather(*[one.send(order) for one in (self.mailer, self.ledger)])",
            ["self.mailer.send", "self.ledger.send"],
            id="in a comprehension",
        ),
        pytest.param("await self._tell(order)", ["self._tell"], id="by a helper"),
    ],
)
def test_a_reaction_after_publishing_is_found(body: str, called: list[str]) -> None:
    assert sorted(after_publishing(body)) == sorted(called)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("self.logger.info('placed')\nmetrics.increment('placed')", id="logging and metrics"),
        pytest.param("await self.repository.save(order)\nself.uow.commit()", id="the unit of work"),
        pytest.param("await self._cache_service.set(order, 1)", id="its cache"),
        pytest.param("return await self.ledger.get(order)", id="the answer"),
        pytest.param("return self.to_response(order)", id="the response"),
        pytest.param("loop.call_soon(self.refresh, order)", id="its own work later"),
        pytest.param("if order:\n    return\n", id="nothing"),
    ],
)
def test_what_a_publisher_goes_on_with_is_silent(body: str) -> None:
    assert not after_publishing(body)


def test_a_call_before_publishing_is_silent() -> None:
    assert not after_publishing("return order", publish="await self.mailer.send(order)\n        self._announce()")


def test_a_helper_may_publish() -> None:
    assert after_publishing("await self.mailer.send(order)", publish="self._announce()") == ["self.mailer.send"]


def test_of_two_events_before_a_call_the_nearest_is_named() -> None:
    (finding,) = found(
        "EVL201",
        {
            "bus.py": WITH_HANDLER + "\n\nclass OrderPaid: ...\n",
            "orders.py": "from bus import OrderPaid, OrderPlaced, bus\n\n"
            "def place(mailer):\n    bus.publish(OrderPlaced(1))\n    bus.publish(OrderPaid())\n    mailer.send(1)\n",
        },
    )
    assert finding.event == "OrderPaid"


def test_a_bus_that_wakes_its_subscribers_is_no_consumer() -> None:
    source = """
class StateChanged: ...

class Subscriber:
    def handle_event(self, event: StateChanged): ...

class Context:
    def __init__(self):
        self._subscribers = {}
    def add(self, subscriber: Subscriber):
        self._subscribers[1] = subscriber
    def _tell(self, event: StateChanged):
        for subscriber in self._subscribers.values():
            subscriber.handle_event(event)
    def watch(self):
        start(
            on_updated=lambda name: self._tell(StateChanged()),
            on_error=lambda name: self._tell(StateChanged()),
        )
"""
    assert found("EVL201", {"watch.py": source}) == []


@pytest.mark.parametrize(
    ("attribute", "expected"), [("self.stats.sent", 0), ("user.metrics.events", 0), ("user.account.balance", 1)]
)
def test_figures_of_statistics_are_no_state(attribute: str, expected: int) -> None:
    assert len(found("EVL204", published(f"{attribute} += 1\nawait broker.publish(message, 'paid')"))) == expected
