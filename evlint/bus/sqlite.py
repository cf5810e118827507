"""The embedded default: one SQLite file, safe under several processes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from evlint.bus.database import Row
from evlint.bus.errors import BusError, HandlerError
from evlint.bus.schema import statements

Durability = Literal["power", "process"]
_TROUBLE = ("locked", "busy", "full", "disk i/o", "readonly", "unable to open", "interrupted")


class Connection(sqlite3.Connection):
    """A connection whose transaction a handler cannot end by accident."""

    guarded = False

    def commit(self) -> None:
        self._refuse("commit()")
        super().commit()

    def rollback(self) -> None:
        self._refuse("rollback()")
        super().rollback()

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        self._refuse("executescript(), which commits")
        return super().executescript(sql_script)

    def __enter__(self) -> Connection:  # noqa: PYI034 - Self came with 3.11
        self._refuse("`with tx:`, which commits")
        super().__enter__()
        return self

    def _refuse(self, what: str) -> None:
        if self.guarded:
            raise HandlerError(f"{what} in a handler that takes tx: leave it out, the bus commits when it returns")


class SqliteDatabase:
    """A SQLite file in WAL mode.

    Args:
        path: the file; made if it does not exist.
        durability: `power` survives a power failure; `process` survives the end of any process, but the last
            commits before a power failure may be gone, state and events together.
        busy_timeout: for how many seconds to wait for another writer.
        clock: seconds since the epoch.
    """

    locking = ""
    listed = "SELECT value FROM json_each(:seqs)"

    def __init__(
        self,
        path: str,
        durability: Durability = "power",
        busy_timeout: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if path in ("", ":memory:"):
            raise BusError("SQLite in memory has one connection only: name a file, or use MemoryBus")
        self.path = path
        self.now = clock
        self._options: tuple[Any, ...] = (durability, busy_timeout, clock)
        self.connection = sqlite3.connect(
            path, timeout=busy_timeout, isolation_level=None, check_same_thread=False, factory=Connection
        )
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(f"PRAGMA synchronous = {'FULL' if durability == 'power' else 'NORMAL'}")
        self._seen = self._version()

    def clone(self) -> SqliteDatabase:
        return SqliteDatabase(self.path, *self._options)

    def close(self) -> None:
        self.connection.close()

    def prepare(self) -> None:
        with self.transaction():
            for statement in statements("INTEGER PRIMARY KEY", "REAL", "BLOB", " WITHOUT ROWID"):
                self.connection.execute(statement)

    def rows(self, sql: str, **values: object) -> list[Row]:
        return self.connection.execute(sql, values).fetchall()

    def change(self, sql: str, **values: object) -> int:
        return self.connection.execute(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        # A transaction that begins by reading cannot wait for another writer when it writes at last.
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self._must_be_open()
            self.connection.commit()
        except BaseException:
            if self.connection.in_transaction:
                self.connection.rollback()
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.connection.execute("SAVEPOINT evbus")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO evbus")
                self.connection.execute("RELEASE evbus")
            raise
        if self.connection.in_transaction:
            self.connection.execute("RELEASE evbus")

    def is_open(self) -> bool:
        return self.connection.in_transaction  # a full disk ends it

    @contextmanager
    def guard(self) -> Iterator[None]:
        self.connection.guarded = True
        try:
            yield
        finally:
            self.connection.guarded = False

    def lock(self, name: str) -> None:
        """A writing transaction has the whole file to itself."""

    def wait(self, seconds: float) -> None:
        """Watch for commits of other connections, at first closely."""
        deadline = time.monotonic() + seconds
        pause = 0.002
        while (left := deadline - time.monotonic()) > 0:
            if (version := self._version()) != self._seen:
                self._seen = version
                return
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 0.05)

    def is_trouble(self, error: BaseException) -> bool:
        found = getattr(error, "orig", None) or error
        return isinstance(found, sqlite3.OperationalError) and any(word in str(found).lower() for word in _TROUBLE)

    def health(self) -> list[str]:
        found = []
        if (mode := self.rows("PRAGMA journal_mode")[0][0]) != "wal":
            found.append(f"journal_mode is {mode}; the file system does not support WAL, so writers block readers")
        if (check := self.rows("PRAGMA quick_check")[0][0]) != "ok":
            found.append(f"the file is damaged: {check}")
        return found

    def _must_be_open(self) -> None:
        if not self.is_open():
            raise HandlerError("a handler that takes tx has ended the transaction: leave that to the bus")

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])
