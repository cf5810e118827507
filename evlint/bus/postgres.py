"""PostgreSQL, when one machine is not enough; needs psycopg."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from evlint.bus.database import Row
from evlint.bus.errors import HandlerError
from evlint.bus.schema import statements

_CHANNEL = "evbus"
_NAMED = re.compile(r":([a-z_]+)")
_WAKE_UP = (
    f"""CREATE OR REPLACE FUNCTION evbus_wake_up() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('{_CHANNEL}', ''); RETURN NULL; END $$""",
    """CREATE OR REPLACE TRIGGER evbus_wake_up AFTER INSERT ON evbus_event
    FOR EACH STATEMENT EXECUTE FUNCTION evbus_wake_up()""",
    """CREATE OR REPLACE TRIGGER evbus_wake_up AFTER INSERT ON evbus_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION evbus_wake_up()""",
)
_STAY_QUIET = (
    "DROP TRIGGER IF EXISTS evbus_wake_up ON evbus_event",
    "DROP TRIGGER IF EXISTS evbus_wake_up ON evbus_delivery",
)
_CLOCK_AGE = 30.0


class PostgresDatabase:
    """A PostgreSQL database from version 14 on.

    Args:
        url: as libpq takes it.
        notify: wake workers up at each commit. Notifications take a lock on the whole database at commit,
            so a system with very many small transactions is better off without; workers look by themselves
            four times a second anyway.
    """

    locking = "FOR UPDATE OF d SKIP LOCKED"
    listed = "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:seqs AS json))"

    def __init__(self, url: str, *, notify: bool = True) -> None:
        self.url = url
        self.notify = notify
        self._connect()
        self._ahead = 0.0
        self._clock_read = -_CLOCK_AGE

    def _connect(self) -> None:
        self.connection = psycopg.connect(self.url, autocommit=True)
        self._listening = False

    def clone(self) -> PostgresDatabase:
        return PostgresDatabase(self.url, notify=self.notify)

    def close(self) -> None:
        self.connection.close()

    def prepare(self) -> None:
        identity = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        with self.transaction():
            self.lock("evbus prepare")
            for statement in [*statements(identity, "DOUBLE PRECISION", "BYTEA"), *self._triggers()]:
                self.connection.execute(statement.encode())

    def _triggers(self) -> tuple[str, ...]:
        return _WAKE_UP if self.notify else _STAY_QUIET

    def rows(self, sql: str, **values: object) -> list[Row]:
        return self.connection.execute(translated(sql), values).fetchall()

    def change(self, sql: str, **values: object) -> int:
        return self.connection.execute(translated(sql), values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection[Any]]:
        if self.connection.broken:  # the server went away and may be back
            self._connect()
        with self.connection.transaction():
            yield self.connection
            if self.connection.info.transaction_status == TransactionStatus.IDLE:
                raise HandlerError("a handler that takes tx has ended the transaction: leave that to the bus")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        with self.connection.transaction():
            yield

    def is_open(self) -> bool:
        return self.connection.info.transaction_status == TransactionStatus.INTRANS

    def guard(self) -> AbstractContextManager[None]:
        return nullcontext()  # psycopg forbids commit() and rollback() within transaction()

    def lock(self, name: str) -> None:
        self.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))

    def now(self) -> float:
        """The clock of the server, followed by that of this process, which nobody sets."""
        if time.monotonic() - self._clock_read >= _CLOCK_AGE:
            ((server,),) = self.rows("SELECT CAST(extract(epoch FROM clock_timestamp()) AS float8)")
            self._clock_read = time.monotonic()
            self._ahead = server - self._clock_read
        return time.monotonic() + self._ahead

    def wait(self, seconds: float) -> None:
        if self.notify and not self._listening:
            self.connection.execute(f"LISTEN {_CHANNEL}".encode())
            self._listening = True
            return  # what was committed before is not told of
        if not self.notify:
            time.sleep(seconds)
            return
        for _ in self.connection.notifies(timeout=seconds, stop_after=1):
            pass

    def is_trouble(self, error: BaseException) -> bool:
        found = getattr(error, "orig", None) or error
        return isinstance(found, psycopg.OperationalError | psycopg.InterfaceError)

    def health(self) -> list[str]:
        settings = {
            name: self.rows(f"SHOW {name}")[0][0] for name in ("fsync", "synchronous_commit", "full_page_writes")
        }
        return [
            f"{name} is off: a power failure can lose events that were acknowledged"
            for name, value in settings.items()
            if value == "off"
        ]


@lru_cache(maxsize=256)
def translated(sql: str) -> bytes:
    """Turn `:name` into the placeholders of psycopg."""
    return _NAMED.sub(r"%(\1)s", sql).encode()
