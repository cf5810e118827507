"""Publishing in a transaction of SQLAlchemy."""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from typing import Any

from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, String, Table, event, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import registry

from evlint.bus.envelope import Envelope
from evlint.bus.errors import PublishError

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
