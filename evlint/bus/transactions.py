"""Transactions of whatever library: that in which a user publishes, and that which a handler is given."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Awaitable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from evlint.bus.envelope import Envelope
from evlint.bus.errors import PublishError
from evlint.bus.schema import INSERT, row

_REMEDY = "begin a transaction first, so that state and event are committed together; or use publish_now"


def write(tx: Any, envelope: Envelope) -> None:
    """Store an event in `tx`; it exists if and only if that is committed.

    Raises:
        PublishError: there is no transaction, or `tx` is of a kind that is not known or must be awaited.
    """
    if isinstance(tx, sqlite3.Connection):
        if tx.isolation_level is None and not tx.in_transaction:
            raise PublishError(f"this sqlite3 connection commits each statement by itself: {_REMEDY}")
        tx.execute(INSERT, row(envelope))
    elif (library := _library(tx)) == "sqlalchemy":
        from evlint.bus.with_sqlalchemy import write as write_with_sqlalchemy

        write_with_sqlalchemy(tx, envelope)
    elif library == "psycopg":
        from evlint.bus.with_psycopg import write as write_with_psycopg

        write_with_psycopg(tx, envelope)
    else:
        raise PublishError(
            f"publish cannot write into a {type(tx).__qualname__}: give it a sqlite3 or psycopg connection,"
            " or a Session, AsyncSession or Connection of SQLAlchemy"
        )


async def write_async(tx: Any, envelope: Envelope) -> None:
    """Like `write`, also for connections whose statements are awaited."""
    done: Awaitable[None] | None = None
    if (library := _library(tx)) == "sqlalchemy":
        from evlint.bus.with_sqlalchemy import write_async as write_with_sqlalchemy

        done = write_with_sqlalchemy(tx, envelope)
    elif library == "psycopg":
        from evlint.bus.with_psycopg import write_async as write_with_psycopg

        done = write_with_psycopg(tx, envelope)
    if done is None:
        write(tx, envelope)
    else:
        await done


def as_asked_for(connection: object, session: type | None) -> AbstractContextManager[object]:
    """What a handler gets as `tx`: a session of that class on the bus's connection, or the connection itself."""
    if session is None:
        return nullcontext(connection)
    from evlint.bus.with_sqlalchemy import session_on

    return session_on(connection, session)


def _library(tx: object) -> str | None:
    for cls in type(tx).__mro__:
        name = cls.__module__.partition(".")[0]
        if name in ("sqlalchemy", "psycopg") and name in sys.modules:
            return name
    return None
