"""Publishing in a transaction of SQLAlchemy, and sessions for handlers."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NoReturn

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    NullPool,
    String,
    Table,
    create_engine,
    event,
    insert,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, registry

from evlint.bus.envelope import Envelope
from evlint.bus.errors import HandlerError, PublishError

# The database numbers the rows; without that column here, nothing has to be read back.
_EVENTS = Table(
    "evbus_event",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("type", String),
    Column("version", Integer),
    Column("source", String),
    Column("key", String),
    Column("occurred_at", String),
    Column("correlation_id", String),
    Column("causation_id", String),
    Column("traceparent", String),
    Column("hops", Integer),
    Column("data", LargeBinary),
)


class _Row:
    """An event that a session writes when it flushes."""

    def __init__(self, values: dict[str, object]) -> None:
        for name, value in values.items():
            setattr(self, name, value)


registry().map_imperatively(_Row, _EVENTS)


def write(tx: Any, envelope: Envelope) -> None:
    """Store an event in the transaction of a Session, an AsyncSession or a Connection."""
    values = {column.name: getattr(envelope, column.name) for column in _EVENTS.columns}
    if _is_awaited(tx):
        raise PublishError("the statements of an AsyncConnection are awaited: use `await bus.publish_async(tx, event)`")
    if isinstance(tx, Connection):
        _must_not_autocommit(tx)
        tx.execute(insert(_EVENTS).values(**values))
    elif hasattr(tx, "add"):
        tx.add(_Row(values))
    else:
        raise PublishError(f"publish needs a Session, AsyncSession or Connection, not a {type(tx).__name__}")


def write_async(tx: Any, envelope: Envelope) -> Awaitable[None] | None:
    """Store an event; None if `tx` is none whose statements are awaited."""
    done: Awaitable[None] | None = tx.run_sync(write, envelope) if _is_awaited(tx) else None
    return done


@contextmanager
def session_on(connection: Any, kind: type) -> Iterator[Any]:
    """Make a session of the class `kind` that works in the transaction that the bus has open on `connection`.

    What it was given is written when the block ends well. Only the bus can end the transaction: a session that tries,
    or that is left with a transaction that failed, is an error of the handler.
    """
    dialect = "sqlite" if isinstance(connection, sqlite3.Connection) else "postgresql+psycopg"
    token = _lent.set(connection)
    try:
        with _engine(dialect).connect() as bound:
            given = kind()
            session: Session = getattr(given, "sync_session", given)
            session.bind = bound
            vars(session).update(commit=_refuse, rollback=_refuse, close=_refuse)
            transaction = session.begin()
            try:
                yield given
                is_ours = session.get_transaction() is transaction and not session.in_nested_transaction()
                if not is_ours or not transaction.is_active:
                    raise HandlerError("the transaction of the session has failed or was ended: leave that to the bus")
                session.flush()
            finally:
                Session.close(session)
    finally:
        _lent.reset(token)


def _refuse() -> NoReturn:
    raise HandlerError(
        "commit(), rollback() or close() of a session that is tx: leave it out, the bus commits when the handler"
        " returns; begin_nested() undoes a part"
    )


_lent: ContextVar[Any] = ContextVar("evlint_bus_lent")


@cache
def _engine(dialect: str) -> Engine:
    """An engine that is lent the connections of the bus, and neither commits, rolls back nor closes them."""
    engine = create_engine(f"{dialect}://", creator=_lent.get, poolclass=NullPool, pool_reset_on_return=None)
    for name in ("do_begin", "do_commit", "do_rollback", "do_close", "do_terminate"):
        setattr(engine.dialect, name, lambda _: None)
    return engine


def configure_sqlite(engine: Engine) -> None:
    """Make an engine for SQLite begin transactions in a way that waits for other writers.

    By default a transaction that began by reading fails at once with `database is locked` when it comes to
    write while another one does. An AsyncEngine has its Engine in `sync_engine`.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 5000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_awaited(tx: object) -> bool:
    # The module cannot be imported where SQLAlchemy was installed without what asyncio needs.
    asynchronous = sys.modules.get("sqlalchemy.ext.asyncio")
    return asynchronous is not None and isinstance(tx, asynchronous.AsyncConnection)


def _must_not_autocommit(tx: Connection) -> None:
    if tx.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        raise PublishError(
            "this SQLAlchemy connection commits each statement by itself: publish in a transaction, so that"
            " state and event are committed together; or use publish_now"
        )
