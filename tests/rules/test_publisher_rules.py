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
