"""Where runs take place: each in a fresh file or schema, with a clock that can be put forward."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from evlint.bus.database import Database
from evlint.bus.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from evlint.bus.postgres import PostgresDatabase


class Clock:
    """Time that passes when there is nothing else to do."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True, slots=True)
class Store:
    """A fresh place.

    Attributes:
        database: what the bus works on.
        connection: what the parts of a scenario are given, of sqlite3 or psycopg.
        tables: selects the names of all tables.
    """

    database: Database
    connection: Any
    tables: str


@contextmanager
def in_file(path: Path, clock: Clock) -> Iterator[Store]:
    """A new SQLite file."""
    database = SqliteDatabase(str(path), "process", clock=clock)
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    with closing(sqlite3.connect(path)) as connection:
        yield Store(database, connection, tables)


@contextmanager
def on_server(url: str, clock: Clock) -> Iterator[Store]:
    """A new schema of a PostgreSQL database, gone afterwards."""
    import psycopg

    name = f"evbus_chaos_{uuid4().hex}"
    own = psycopg.conninfo.make_conninfo(url, options=f"-csearch_path={name}")
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    with closing(psycopg.connect(url, autocommit=True)) as server:
        server.execute(f"CREATE SCHEMA {name}".encode())
        try:
            with closing(psycopg.connect(own)) as connection:
                yield Store(_ahead_of_its_server(own, clock), connection, tables)
        finally:
            server.execute(f"DROP SCHEMA {name} CASCADE".encode())


def _ahead_of_its_server(url: str, clock: Clock) -> PostgresDatabase:
    from evlint.bus.postgres import PostgresDatabase

    class Ahead(PostgresDatabase):
        def now(self) -> float:
            return super().now() + clock.ahead

        def clone(self) -> Ahead:
            return Ahead(self.url, notify=self.notify)

    return Ahead(url, notify=False)
