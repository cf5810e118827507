"""Publishing in a transaction of psycopg."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from evlint.bus.envelope import Envelope
from evlint.bus.errors import PublishError
from evlint.bus.postgres import translated
from evlint.bus.schema import INSERT, row

_INSERT = translated(INSERT)


def write(tx: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], envelope: Envelope) -> None:
    """Store an event in the open transaction of a connection."""
    if isinstance(tx, psycopg.AsyncConnection):
        raise PublishError("the statements of an AsyncConnection are awaited: use `await bus.publish_async(tx, event)`")
    _must_be_open(tx)
    tx.execute(_INSERT, row(envelope))


def write_async(
    tx: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], envelope: Envelope
) -> Awaitable[None] | None:
    """Store an event; None if the connection is none whose statements are awaited."""
    if not isinstance(tx, psycopg.AsyncConnection):
        return None
    _must_be_open(tx)
    return _execute(tx, envelope)


async def _execute(tx: psycopg.AsyncConnection[Any], envelope: Envelope) -> None:
    await tx.execute(_INSERT, row(envelope))


def _must_be_open(tx: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    if tx.autocommit and tx.info.transaction_status == TransactionStatus.IDLE:
        raise PublishError(
            "this psycopg connection commits each statement by itself: publish inside of `with tx.transaction():`,"
            " so that state and event are committed together; or use publish_now"
        )
