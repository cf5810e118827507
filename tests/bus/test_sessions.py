"""A handler may take a session of SQLAlchemy; what it does there happens once, like anything done in `tx`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from evlint.bus import Bus, Delivery, HandlerError, Retry
from evlint.bus.conformance import Bench
from evlint.bus.conformance.bench import QUICK, Followed, Happened, eventually
from evlint.bus.conformance.crashing import EXACT
from evlint.bus.operations import dead_letters
from tests.bus.sessions import HANDLERS, Effect, effect, subscribe


@pytest.fixture(params=["sqlite", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, root: Path) -> Iterator[Bench]:
    postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_schema") if postgres else f"sqlite:///{tmp_path}/bus.db"
    prelude = f"import sys; sys.path.insert(0, {str(root)!r})\nfrom tests.bus.sessions import install\ninstall()"
    bench = Bench(url, prelude)
    yield bench
    bench.close()


@pytest.fixture
def bus(bench: Bench) -> Bus:
    return bench.bus()


def test_what_sessions_do_is_committed_with_the_delivery(bus: Bus, bench: Bench) -> None:
    subscribe(bus, bench)
    bus.register()
    bench.publish(bus, *(Happened("a", n) for n in range(10)))
    with bus.running():
        eventually(lambda: all(bench.statuses(handler) == {"done": 10} for handler in HANDLERS))
    for handler in HANDLERS:
        assert bench.account(handler) == EXACT, handler


@pytest.mark.parametrize("point", ["deliver.claimed", "deliver.handled", "deliver.committed"])
def test_a_crash_loses_and_repeats_nothing(bus: Bus, bench: Bench, point: str) -> None:
    subscribe(bus, bench)
    bus.register()
    bench.publish(bus, *(Happened("a", n) for n in range(6)))
    bench.crash(point, "drain")
    bench.settle(bus)
    for handler in HANDLERS:
        assert bench.account(handler) == EXACT, handler


def test_a_handler_that_fails_leaves_nothing_behind(bus: Bus, bench: Bench) -> None:
    @bus.subscribe(id="probe.failing", retry=QUICK, batch=2)
    def fail_first(event: Happened, tx: Session, delivery: Delivery) -> None:
        tx.add(effect(delivery, event))
        bus.publish(tx, Followed(event.key))
        tx.flush()
        if delivery.attempt == 1 and event.n == 0:
            raise ZeroDivisionError

    bus.register()
    bench.publish(bus, Happened("a", 0), Happened("b", 1))
    bench.settle(bus)
    assert bench.account("probe.failing") == EXACT
    followed = "SELECT key FROM evbus_event WHERE type = 'probe.followed' ORDER BY key"
    assert bench.database.rows(followed) == [("a",), ("b",)]


def test_a_part_may_be_undone(bus: Bus, bench: Bench) -> None:
    bench.database.change("CREATE UNIQUE INDEX only_one ON probe_state (key)")

    @bus.subscribe(id="probe.nested", retry=Retry(attempts=1))
    def handle(event: Happened, tx: Session, delivery: Delivery) -> None:
        tx.add(effect(delivery, event))
        with pytest.raises(IntegrityError), tx.begin_nested():
            tx.execute(text("INSERT INTO probe_state (key, n) VALUES ('a', 2)"))
        assert tx.scalar(select(func.count()).select_from(Effect)) == 1

    bus.register()
    bench.publish(bus, Happened("a", 1))
    bus.drain()
    assert bench.account("probe.nested") == EXACT


def swallow_while_flushing(tx: Session) -> None:
    tx.add(Effect(at=1, handler="", event="", key="", n=0))
    with pytest.raises(IntegrityError):
        tx.flush()


def end_from_below(tx: Session) -> None:
    tx.get_transaction().commit()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "meddle",
    [Session.commit, Session.rollback, Session.close, Session.begin, end_from_below, swallow_while_flushing],
    ids=lambda meddle: meddle.__name__,
)
def test_who_ends_the_transaction_is_told_so(bus: Bus, bench: Bench, meddle: Callable[[Session], Any]) -> None:
    @bus.subscribe(id="probe.meddling", retry=Retry(attempts=1))
    def handle(event: Happened, tx: Session, delivery: Delivery) -> None:
        tx.add(effect(delivery, event))
        tx.flush()
        getattr(tx, meddle.__name__, lambda: meddle(tx))()

    bus.register()
    bench.publish(bus, Happened("a", 1))
    bus.drain()
    assert bench.effects("probe.meddling") == []
    assert [letter.reason for letter in dead_letters(bench.database)] == ["exhausted"]


def test_an_asynchronous_handler_may_wait_and_publish(bus: Bus, bench: Bench) -> None:
    @bus.subscribe(id="probe.waiting", retry=Retry(attempts=1))
    async def handle(event: Happened, tx: AsyncSession, delivery: Delivery) -> None:
        await tx.execute(text("INSERT INTO probe_state (key, n) VALUES ('b', 1)"))
        await asyncio.sleep(0.001)
        await bus.publish_async(tx, Followed(event.key))
        with pytest.raises(HandlerError, match="the bus commits"):
            await tx.commit()

    bus.register()
    bench.publish(bus, Happened("a", 1))
    bus.drain()
    assert bench.statuses("probe.waiting") == {"done": 1}
    assert bench.state() == [("a", 1), ("b", 1)]
    ((cause,),) = bench.database.rows("SELECT causation_id FROM evbus_event WHERE type = 'probe.followed'")
    assert [(cause,)] == bench.database.rows("SELECT id FROM evbus_event WHERE type = 'probe.happened'")


def test_trouble_with_the_database_is_known_through_a_session(bench: Bench) -> None:
    locked = psycopg.OperationalError("gone") if "postgres" in bench.url else sqlite3.OperationalError("is locked")
    assert bench.database.is_trouble(OperationalError("", {}, locked))
    assert not bench.database.is_trouble(OperationalError("", {}, ValueError("is locked")))


def test_a_session_is_awaited_where_it_must_be(bus: Bus) -> None:
    def blocking(event: Happened, tx: AsyncSession) -> None: ...

    async def waiting(event: Happened, tx: Session) -> None: ...

    for handler, message in ((blocking, "use async def"), (waiting, "must not await")):
        with pytest.raises(HandlerError, match=message):
            bus.subscribe(id="some.handler")(handler)
