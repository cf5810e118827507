"""An event is published if and only if the user's own transaction is committed, whoever it belongs to."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from evlint.bus import Bus, HandlerError, PublishError, correlated, event
from evlint.bus.with_sqlalchemy import configure_sqlite


@event("order.placed", key="order_id")
@dataclass(frozen=True)
class OrderPlaced:
    order_id: str


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def bus(path: Path) -> Iterator[Bus]:
    bus = Bus(path, source="shop")
    with bus.database.transaction():
        bus.database.change("CREATE TABLE orders (id TEXT)")
    yield bus
    bus.close()


def published(bus: Bus) -> list[str]:
    return [key for (key,) in bus.database.rows("SELECT key FROM evbus_event ORDER BY seq")]


def orders(bus: Bus) -> list[str]:
    return [key for (key,) in bus.database.rows("SELECT id FROM orders ORDER BY rowid")]


def test_sqlite3(bus: Bus, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for name, fail in (("kept", False), ("undone", True)):
            with suppress(ZeroDivisionError), connection:
                connection.execute("INSERT INTO orders VALUES (?)", (name,))
                bus.publish(connection, OrderPlaced(name))
                assert not fail or 1 / 0
    assert published(bus) == orders(bus) == ["kept"]


def test_sqlite3_without_a_transaction(bus: Bus, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(PublishError, match="begin a transaction first"):
            bus.publish(connection, OrderPlaced("a"))
        connection.execute("BEGIN")
        bus.publish(connection, OrderPlaced("b"))
        connection.execute("COMMIT")
    assert published(bus) == ["b"]


def test_a_session_of_sqlalchemy(bus: Bus, path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    configure_sqlite(engine)
    with Session(engine) as session, session.begin():
        session.execute(text("INSERT INTO orders VALUES ('kept')"))
        for number in range(20):
            bus.publish(session, OrderPlaced(str(number)))
    with suppress(ZeroDivisionError), Session(engine) as session, session.begin():
        session.execute(text("INSERT INTO orders VALUES ('undone')"))
        bus.publish(session, OrderPlaced("undone"))
        session.flush()
        raise ZeroDivisionError
    with Session(engine) as session:
        with suppress(ZeroDivisionError), session.begin_nested():
            bus.publish(session, OrderPlaced("undone"))
            raise ZeroDivisionError
        session.commit()
    engine.dispose()
    assert published(bus) == [str(number) for number in range(20)], "in the order of their publication"
    assert orders(bus) == ["kept"]


def test_a_connection_of_sqlalchemy(bus: Bus, path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        bus.publish(connection, OrderPlaced("kept"))
    with engine.connect() as connection:
        bus.publish(connection, OrderPlaced("never committed"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, pytest.raises(PublishError):
        bus.publish(connection, OrderPlaced("alone"))
    engine.dispose()
    assert published(bus) == ["kept"]


def test_asynchronous_sessions_and_connections(bus: Bus, path: Path) -> None:
    async def work() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        configure_sqlite(engine.sync_engine)
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("INSERT INTO orders VALUES ('kept')"))
            bus.publish(session, OrderPlaced("kept"))
        with suppress(ZeroDivisionError):
            async with AsyncSession(engine) as session, session.begin():
                bus.publish(session, OrderPlaced("undone"))
                raise ZeroDivisionError
        async with engine.begin() as connection:
            with pytest.raises(PublishError, match="publish_async"):
                bus.publish(connection, OrderPlaced("forgotten"))
            await bus.publish_async(connection, OrderPlaced("awaited"))
        async with AsyncSession(engine) as session, session.begin():
            await bus.publish_async(session, OrderPlaced("also"))
        await engine.dispose()

    asyncio.run(work())
    assert published(bus) == ["kept", "awaited", "also"]


@pytest.mark.parametrize("tx", [None, object(), "shop.db"])
def test_anything_else_is_refused(bus: Bus, tx: object) -> None:
    with pytest.raises(PublishError, match="give it a sqlite3 or psycopg connection"):
        bus.publish(tx, OrderPlaced("a"))


def test_a_correlation_id_is_taken_over(bus: Bus) -> None:
    with correlated("request-7", "click-1"):
        envelope = bus.publish_now(OrderPlaced("a"))
    assert (envelope.correlation_id, envelope.causation_id, envelope.hops) == ("request-7", "click-1", 0)
    alone = bus.publish_now(OrderPlaced("b"))
    assert (alone.correlation_id, alone.causation_id) == (alone.id, None)


def test_handlers_say_what_they_take(bus: Bus) -> None:
    def nothing() -> None: ...

    def untyped(event, tx) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001

    def more(event: OrderPlaced, mailer: object) -> None: ...

    async def waiting(event: OrderPlaced, tx: sqlite3.Connection) -> None: ...

    for handler, message in (
        (nothing, "annotate the first parameter"),
        (untyped, "annotate the first parameter"),
        (more, "mailer is neither"),
        (waiting, "must not await"),
    ):
        with pytest.raises(HandlerError, match=message):
            bus.subscribe(id="some.handler")(handler)
    with pytest.raises(HandlerError, match="an id that stays"):
        bus.subscribe(id="")(more)
