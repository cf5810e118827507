"""Why a place is, or is not, part of the event flow."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Evlint = Callable[..., CompletedProcess[str]]

BUS = """\
class EventBus:
    def __init__(self):
        self._handlers = {}

    def subscribe(self, event, handler):
        self._handlers.setdefault(event, []).append(handler)

    def publish(self, event):
        for handler in self._handlers.get(type(event), []):
            handler(event)
"""
SHOP = """\
from celery import Celery
from redis import Redis

from bus import EventBus

bus = EventBus()
app = Celery()


class OrderPlaced:
    pass


class OrderRow(Exception):
    pass


class PlaceOrder:
    pass


def place(topic, client):
    bus.publish(OrderPlaced())
    Redis().publish(topic(), "x")
    client.publish("orders", "x")
    other.basic_publish("orders")
    gossip.broadcast("orders")


@app.task
def bill(event):
    print(event)


bus.subscribe(OrderPlaced, bill)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "bus.py").write_text(BUS, encoding="utf-8")
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("ignored.py\n", encoding="utf-8")
    (tmp_path / "ignored.py").write_text("x = 1\n", encoding="utf-8")
    return tmp_path


def line_of(text: str) -> str:
    number = next(number for number, line in enumerate(SHOP.splitlines(), 1) if text in line)
    return f"shop.py:{number}"


def test_an_event_is_told_where_it_is_declared_published_and_handled(evlint: Evlint, shop: Path) -> None:
    done = evlint("why", "OrderPlaced", cwd=shop)
    assert done.returncode == 0
    assert (
        done.stdout
        == textwrap.dedent(
            """\
        shop.py:10: + event `OrderPlaced`
            declared shop.py:10, as `class:shop.OrderPlaced`: `bus.EventBus` is a bus by its shape: what is registered \
there is stored, and called with what is published
            published shop.py:23 by `bus.publish` (shape:bus.EventBus)
            handled shop.py:35 by `bill` (shape:bus.EventBus)

        """
        ).rstrip("\n")
        + "\n"
    )


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param(
            "    bus.publish", ["+ `bus.publish` publishes `OrderPlaced`", "bus by its shape"], id="publication"
        ),
        pytest.param("def bill", ["+ `bill` handles `OrderPlaced`"], id="handler"),
        pytest.param("Redis()", ["? a publication whose event has no name", "remedy: "], id="unresolved"),
        pytest.param(
            "    client.publish",
            ["- call of `client.publish`", "nothing is known of `client`", "if `client` is `redis"],
            id="unknown receiver",
        ),
        pytest.param("other.basic", ["no analysed file imports pika"], id="a framework that is not there"),
        pytest.param("gossip", ["`evlint init` proposes how"], id="a bus that nobody knows"),
        pytest.param(
            "@app.task", ["Celery has a `task`, but its dialect is off", 'dialects-on = ["celery"]'], id="off"
        ),
        pytest.param("class OrderRow", ["by its bases"], id="no event"),
        pytest.param("class PlaceOrder", ["is not named like an event"], id="another class"),
        pytest.param("pass", ["no call or class begins there"], id="nothing"),
    ],
)
def test_a_line_is_told_why(evlint: Evlint, shop: Path, place: str, expected: list[str]) -> None:
    done = evlint("why", line_of(place), cwd=shop)
    assert done.returncode == 0
    for text in expected:
        assert text in done.stdout


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("broken.py:1", "the file cannot be read"),
        ("ignored.py:1", "not among those that are analysed"),
    ],
)
def test_a_file_that_takes_no_part_is_told(evlint: Evlint, shop: Path, target: str, expected: str) -> None:
    assert expected in evlint("why", target, cwd=shop).stdout


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("OrderPlacd", "no event is called `OrderPlacd`, and no file `PATH:LINE`; did you mean `OrderPlaced`?"),
        ("gone.py:3", "no such file: `gone.py`"),
    ],
)
def test_what_is_not_there_is_refused_by_name(evlint: Evlint, shop: Path, target: str, expected: str) -> None:
    done = evlint("why", target, cwd=shop)
    assert (done.returncode, expected in done.stderr) == (2, True)


def test_programs_may_read_the_reasons(evlint: Evlint, shop: Path) -> None:
    (reason,) = json.loads(evlint("why", "--format", "json", line_of("    bus.publish"), cwd=shop).stdout)
    assert (reason["verdict"], reason["location"]["path"]) == ("fact", "shop.py")


def test_a_warm_run_says_the_same(evlint: Evlint, shop: Path) -> None:
    first = evlint("why", line_of("    client.publish"), cwd=shop).stdout
    evlint("check", cwd=shop)
    assert evlint("why", line_of("    client.publish"), cwd=shop).stdout == first
