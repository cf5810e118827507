"""`python -m evlint.bus` on the bus of an application."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

APPLICATION = """
import sqlite3
from dataclasses import dataclass
from evlint.bus import Bus, Retry, event

@event("order.placed", key="order_id")
@dataclass(frozen=True)
class OrderPlaced:
    order_id: str

bus = Bus("sqlite:///shop.db", source="shop")

@bus.subscribe(id="stock.reserve", retry=Retry(attempts=1))
def reserve(event: OrderPlaced, tx: sqlite3.Connection) -> None:
    if event.order_id == "bad":
        raise ValueError("no such thing \\x1b[31m")
    tx.execute("INSERT INTO reserved VALUES (?)", (event.order_id,))
"""
PUBLISH = """
import sqlite3, sys
from shop import OrderPlaced, bus
bus.register()
connection = sqlite3.connect("shop.db")
connection.execute("CREATE TABLE IF NOT EXISTS reserved (id)")
with connection:
    for name in sys.argv[1:]:
        bus.publish(connection, OrderPlaced(name))
connection.close()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(APPLICATION)
    (tmp_path / "publish.py").write_text(PUBLISH)
    return tmp_path


def bus(shop: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evlint.bus", *arguments]
    return subprocess.run(command, cwd=shop, check=False, capture_output=True, encoding="utf-8", timeout=60)


def publish(shop: Path, *names: str) -> None:
    subprocess.run([sys.executable, "publish.py", *names], cwd=shop, check=True)


def run_until(shop: Path, said: str) -> str:
    """Run the handlers until they said something, then end them; return the rest of what they said."""
    command = [sys.executable, "-m", "evlint.bus", "run", "shop:bus"]
    with subprocess.Popen(command, cwd=shop, stderr=subprocess.PIPE, encoding="utf-8") as child:
        assert child.stderr is not None
        for line in child.stderr:
            if said in line:
                break
        time.sleep(0.2)
        child.send_signal(signal.SIGTERM)
        rest = child.stderr.read()
    assert child.returncode == 0
    return rest


def test_a_dead_letter_is_seen_and_brought_back(shop: Path) -> None:
    publish(shop, "good", "bad")
    run_until(shop, "handlers are running")
    listed = bus(shop, "dead-letters", "shop:bus")
    assert listed.returncode == 1
    assert "stock.reserve: order.placed" in listed.stdout
    assert "key bad: exhausted after 1 attempts" in listed.stdout
    assert "\x1b" not in listed.stdout
    doctor = bus(shop, "doctor", "shop:bus")
    assert (doctor.returncode, doctor.stdout.splitlines()[-1]) == (1, "1 things deserve attention")
    (shop / "shop.py").write_text(APPLICATION.replace('== "bad"', '== ""'))
    assert bus(shop, "redrive", "shop.db", "--handler", "stock.reserve").stdout == "1 deliveries are due again\n"
    run_until(shop, "handlers are running")
    assert bus(shop, "dead-letters", "sqlite:///shop.db").stdout == "0 dead letters\n"
    assert bus(shop, "doctor", "shop:bus").stdout == "all is well\n"


def test_a_handler_that_is_gone_is_retired(shop: Path) -> None:
    publish(shop, "one")
    (shop / "shop.py").write_text(APPLICATION.replace("stock.reserve", "stock.renamed"))
    doctor = bus(shop, "doctor", "shop:bus")
    assert "stock.reserve is subscribed, but no such handler is in this code" in doctor.stdout
    assert bus(shop, "retire", "shop.db", "stock.reserve").returncode == 0
    assert bus(shop, "doctor", "shop:bus").returncode == 0


def test_old_events_are_forgotten(shop: Path) -> None:
    publish(shop, "one", "bad")
    run_until(shop, "handlers are running")
    assert bus(shop, "prune", "shop.db").stdout == "0 events forgotten\n"
    assert bus(shop, "prune", "shop.db", "--older-than", "-1").stdout == "1 events forgotten\n"
    assert bus(shop, "drop", "shop.db").stdout == "1 dead letters dropped\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "shop.db"), "module:attribute"),
        (("run", "shop:nothing"), "shop:nothing cannot be loaded"),
        (("run", "shop:OrderPlaced"), "a Bus is wanted"),
        (("doctor", "missing.db"), "there is no database missing.db"),
        (("doctor", "mysql://host/db"), "no database that the bus knows"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_told(shop: Path, arguments: tuple[str, ...], message: str) -> None:
    run = bus(shop, *arguments)
    assert (run.returncode, message in run.stderr, run.stdout) == (2, True, "")
    assert not os.path.exists(shop / "missing.db")
