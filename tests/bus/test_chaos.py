"""The fixture `chaos_bus`: what does not stand duplicates, delays, disorder and crashes is named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

pytest_plugins = ["pytester"]

SHOP = """
import sqlite3
from dataclasses import dataclass

import pytest

from evlint.bus import Bus, NotYet, event

@event("payment.captured", key="payment_id")
@dataclass(frozen=True)
class PaymentCaptured:
    payment_id: str
    cents: int

@event("payment.posted", key="payment_id")
@dataclass(frozen=True)
class PaymentPosted:
    payment_id: str

bus = Bus(FILE, source="shop")
kept = {}
totals = []

def prepare(connection):
    kept.clear()
    totals.clear()
    connection.execute("CREATE TABLE postings (payment TEXT, cents INTEGER)")
    connection.execute("CREATE TABLE balance (id INTEGER PRIMARY KEY, cents INTEGER)")
    connection.execute("INSERT INTO balance VALUES (1, 0)")

def act(connection):
    for number in range(3):
        bus.publish(connection, PaymentCaptured(f"p{number}", 100 + number))

def state(_):
    return sorted(kept.items()), sum(totals)

HANDLERS

MARK
def test_shop(chaos_bus):
    chaos_bus.prove(bus, prepare=prepare, act=act, state=state)
"""
SETS = """
@bus.subscribe(id="mail.keep")
def keep(event: PaymentCaptured) -> None:
    kept[event.payment_id] = event.cents
"""
ADDS = """
@bus.subscribe(id="ledger.add")
def add(event: PaymentCaptured) -> None:
    totals.append(event.cents)
"""
IN_TRANSACTION = """
@bus.subscribe(id="ledger.post")
def post(event: PaymentCaptured, tx) -> None:
    tx.execute("INSERT INTO postings VALUES (?, ?)", (event.payment_id, event.cents))
    tx.execute("UPDATE balance SET cents = cents + ?", (event.cents,))
    bus.publish(tx, PaymentPosted(event.payment_id))
"""
BETWEEN_STEPS = """
@bus.subscribe(id="ledger.guard")
def guard(event: PaymentCaptured) -> None:
    if event.payment_id in kept:
        return
    kept[event.payment_id] = 0
    totals.append(event.cents)
"""
LAST_WINS = """
@bus.subscribe(id="screen.latest")
def latest(event: PaymentCaptured, tx) -> None:
    tx.execute("UPDATE balance SET cents = ?", (event.cents,))
"""
IN_ORDER = LAST_WINS.replace('latest"', 'latest", ordered=True').replace("latest", "ordered")
AWAITS = """
@bus.subscribe(id="mail.send", concurrency=5)
async def send(event: PaymentCaptured) -> None:
    kept[event.payment_id] = event.cents
    totals.append(1)
"""
EARLY = """
@bus.subscribe(id="ship.after")
def after(event: PaymentPosted, tx) -> None:
    row = tx.execute("SELECT cents FROM postings WHERE payment = ?", (event.payment_id,)).fetchone()
    tx.execute("UPDATE postings SET cents = ? WHERE payment = ?", (row[0] * 2, event.payment_id))
"""


@pytest.fixture
def shop(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    def run(handlers: str, *options: str, mark: str = "") -> pytest.RunResult:
        text = SHOP.replace("HANDLERS", handlers).replace("MARK", mark).replace("FILE", repr("shop.db"))
        pytester.makepyfile(test_shop=text)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    return run


Shop = Callable[..., pytest.RunResult]


@pytest.mark.parametrize("handlers", [SETS, IN_TRANSACTION, SETS + IN_TRANSACTION + EARLY])
def test_what_stands_everything_passes(shop: Shop, handlers: str) -> None:
    result = shop(handlers, "--strict-markers")
    result.assert_outcomes(passed=1)
    result.stdout.re_match_lines([r"=+ chaos_bus =+", r"test_shop.py::test_shop: \d+ runs, seed \d+"])


@pytest.mark.parametrize(
    ("handlers", "told"),
    [
        pytest.param(
            ADDS,
            ["*ledger.add brings about something else when delivered twice:", "*- state: ([[][]], 303)*", "*+ state: ([[][]], 606)*"],
            id="adds",
        ),
        pytest.param(
            BETWEEN_STEPS,
            ["*ledger.guard brings about something else when crashed before line *:", "*+ state: *"],
            id="a guard that is saved apart",
        ),
        pytest.param(
            LAST_WINS,
            ["*screen.latest brings about something else when delivered in another order:", "*+ balance: id=1, cents=10?*"],
            id="the last wins",
        ),
        pytest.param(AWAITS, ["*mail.send brings about something else when delivered twice:", "*+ state: *"], id="async"),
        pytest.param(
            IN_TRANSACTION.replace("    bus.publish", "    totals.append(1)\n    bus.publish"),
            ["*ledger.post brings about something else when delivered twice:", "*+ state: ([[][]], 6)*"],
            id="an effect beside the transaction",
        ),
    ],
)  # fmt: skip
def test_what_does_not_is_named_with_the_state_that_differs(shop: Shop, handlers: str, told: list[str]) -> None:
    result = shop(SETS.replace("kept[event.payment_id] = event.cents", "pass") + handlers)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*chaos_bus, seed *", *told])
    assert "mail.keep brings about" not in result.stdout.str()


def test_on_postgresql_as_in_a_file(shop: Shop, postgres_schema: str) -> None:
    def run(handlers: str) -> pytest.RunResult:
        return shop(handlers.replace("?", "%s"), f"--chaos-bus-postgres={postgres_schema}")

    run(SETS + IN_TRANSACTION + EARLY).assert_outcomes(passed=1)
    result = run(BETWEEN_STEPS + LAST_WINS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*ledger.guard brings about something else when *",
        "*screen.latest brings about something else when delivered in another order:",
        "*+ balance: id=1, cents=10[01]*",
    ])  # fmt: skip
    with psycopg.connect(postgres_schema) as server:
        assert server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'evbus_chaos_%'").fetchall() == []


def test_an_ordered_handler_keeps_its_order_only_within_a_key(shop: Shop) -> None:
    one_key = (
        IN_ORDER
        + "\n\ndef act(connection):\n    for cents in (1, 2, 3):\n        "
        + ("bus.publish(connection, PaymentCaptured('one', cents))\n")
    )
    shop(one_key).assert_outcomes(passed=1)


def test_a_handler_that_leans_on_the_bus_can_be_held_to_more(shop: Shop) -> None:
    mark = "@pytest.mark.chaos_bus(faults=['again'])"
    result = shop(IN_TRANSACTION, mark=mark)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ledger.post brings about something else when delivered again, and forgotten by*"])
    shop(SETS, mark=mark).assert_outcomes(passed=1)


def test_an_unknown_fault_is_refused(shop: Shop) -> None:
    result = shop(SETS, mark="@pytest.mark.chaos_bus(faults=['thrice'])")
    result.stdout.fnmatch_lines(["*no such fault: thrice; there are twice, *"])


def test_what_differs_by_itself_is_asked_to_be_ignored(shop: Shop) -> None:
    by_chance = SETS.replace("event.cents", "__import__('time').perf_counter_ns()")
    result = shop(by_chance)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*two runs differ without any fault; let `ignore` name what may:*"])


def test_the_bus_is_left_as_it_was(shop: Shop) -> None:
    check = (
        "\n\ndef test_after(chaos_bus):\n    chaos_bus.prove(bus, prepare=prepare, act=act, state=state)\n"
        "    assert bus.database.path == 'shop.db'\n    assert bus.observers == ()\n"
        "    assert bus.database.rows('SELECT count(*) FROM evbus_event') == [(0,)]\n"
    )
    shop(SETS + check).assert_outcomes(passed=2)


def test_a_seed_repeats_the_runs(shop: Shop) -> None:
    for _ in range(2):
        shop(LAST_WINS, "--chaos-bus-seed=7").stdout.fnmatch_lines(["*chaos_bus, seed 7:", "*runs, seed 7"])


def test_suspicions_are_confirmed_or_cleared(shop: Shop, pytester: pytest.Pytester) -> None:
    handlers = SETS + ADDS + "\n@bus.subscribe(id='mail.idle')\ndef idle(event: PaymentPosted) -> None:\n    pass\n"
    text = SHOP.replace("HANDLERS", handlers)
    at = {name: 1 + text[: text.index(f"def {name}(")].count("\n") for name in ("keep", "add", "idle")}
    findings = [{"code": "EVL301", "path": "src/test_shop.py", "line": 1}]
    findings += [{"code": "EVL301", "path": "test_shop.py", "line": line} for line in at.values()]
    findings += [{"code": "EVL303", "path": "test_shop.py", "line": at["add"]}]
    Path(pytester.path / "found.json").write_text(json.dumps({"schema": "evlint.findings/1", "findings": findings}))
    result = shop(handlers, "--chaos-bus-findings=found.json")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"  EVL301 at test_shop.py:{at['keep']} cleared: mail.keep stood twice, crash",
            f"  EVL301 at test_shop.py:{at['add']} confirmed: ledger.add does something else when delivered twice",
            f"  EVL301 at test_shop.py:{at['idle']} not tried: mail.idle had no event",
            f"  EVL303 at test_shop.py:{at['add']} cleared: ledger.add stood late, shuffled",
        ]
    )


def test_the_findings_of_evlint_are_read(
    shop: Shop, pytester: pytest.Pytester, evlint: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    adds_a_row = """
@bus.subscribe(id="ledger.row")
def row(event: PaymentCaptured) -> None:
    connection = sqlite3.connect(bus.database.path)
    connection.execute("INSERT INTO postings VALUES (?, ?)", (event.payment_id, event.cents))
    connection.commit()
    connection.close()
"""
    source = pytester.path / "shop.py"
    source.write_text(SHOP.replace("HANDLERS", adds_a_row).replace("FILE", "'x.db'").replace("MARK", ""))
    found = evlint("check", "--isolated", "--no-cache", "--format", "json", "--select", "EVL301", source)
    assert found.returncode == 1, found.stdout
    (pytester.path / "found.json").write_text(found.stdout.replace("shop.py", "test_shop.py"))
    source.unlink()
    result = shop(adds_a_row, "--chaos-bus-findings=found.json")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines([r"  EVL301 at .*test_shop.py:\d+ confirmed: ledger.row does something else when .*"])


def test_findings_that_are_none_are_refused(shop: Shop, pytester: pytest.Pytester) -> None:
    (pytester.path / "found.json").write_text("[]")
    shop(SETS, "--chaos-bus-findings=found.json").stdout.fnmatch_lines(["*found.json: *evlint check --format json*"])


def test_the_plugin_imports_neither_bus_nor_analyser() -> None:
    program = "import sys, evlint.pytest_plugin; print(*sorted(n for n in sys.modules if n.startswith('evlint')))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8")
    assert done.stdout.split() == ["evlint", "evlint.pytest_plugin"]


def test_a_crash_leaves_no_connection_open_and_no_warning(shop: Shop) -> None:
    own_connection = """
@bus.subscribe(id="ledger.own")
def own(event: PaymentCaptured) -> None:
    connection = sqlite3.connect(bus.database.path)
    connection.execute("DELETE FROM postings WHERE payment = ?", (event.payment_id,))
    connection.execute("INSERT INTO postings VALUES (?, ?)", (event.payment_id, event.cents))
    connection.commit()
    connection.close()
"""
    shop(own_connection, "-W", "error").assert_outcomes(passed=1)
