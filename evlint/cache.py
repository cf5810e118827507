"""Remember facts by the content they come from, in one SQLite file that any number of runs may share."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

KEPT_DAYS = 30
KEPT_PROGRAMS = 8
MAXIMUM_BYTES = 1_000_000_000
# A file that changed so shortly before it was recorded may change again within its time stamp.
RACY_NANOSECONDS = 2_000_000_000
BATCH = 500
ATTEMPTS = 20
PAUSE = 0.05  # seconds
_SCHEMA = """
create table if not exists facts (digest text primary key, value blob not null, used integer not null) without rowid;
create table if not exists programs (key text primary key, value blob not null, used integer not null) without rowid;
create table if not exists files (
    path text primary key, size integer, modified integer, changed integer, inode integer, recorded integer,
    digest text not null
) without rowid;
"""


class Cache:
    """A store that may lose anything at any time: whatever goes wrong with it, the run goes on without."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection
        self._used: set[str] = set()

    @classmethod
    def open(cls, directory: Path, version: int) -> Cache:
        """Open the cache of facts of that `version` in `directory`, made if need be; an unusable one is set aside."""
        name = f"facts-{version}.sqlite"
        try:
            _prepare(directory, name)
        except OSError:
            return cls(None)
        path = directory / name
        for _ in range(2):
            connection = _connect(path)
            if connection is not None:
                return cls(connection)
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    os.unlink(f"{path}{suffix}")
        return cls(None)

    def get_many(self, digests: Collection[str]) -> dict[str, bytes]:
        """The stored values of the digests that are known."""
        found: dict[str, bytes] = {}
        for batch in _batches(sorted(digests)):
            marks = ",".join("?" * len(batch))
            found.update(self._rows(f"select digest, value from facts where digest in ({marks})", batch))
        self._used.update(found)
        return found

    def put_many(self, values: Mapping[str, bytes]) -> None:
        """Store values by digest."""
        now = int(time.time())
        rows = [(name, value, now) for name, value in values.items()]
        self._write("insert or replace into facts values (?, ?, ?)", rows)

    def get(self, key: str) -> bytes | None:
        """The value of a whole run."""
        return dict(self._rows("select key, value from programs where key = ?", [key])).get(key)

    def put(self, key: str, value: bytes) -> None:
        """Store the value of a whole run; only a few of the newest are kept."""
        self._write("insert or replace into programs values (?, ?, ?)", [(key, value, time.time_ns())])
        newest = "select key from programs order by used desc limit ?"
        self._write(f"delete from programs where key not in ({newest})", [(KEPT_PROGRAMS,)])

    def digests(self, paths: Iterable[str]) -> dict[str, str]:
        """The digests of the files that have not changed since they were recorded, by their stat alone."""
        known = {row[0]: row[1:] for row in self._rows("select * from files", [])}
        found: dict[str, str] = {}
        for path in paths:
            row = known.get(os.path.abspath(path))
            if row is None:
                continue
            stat = _stat(path)
            if stat is not None and stat == row[:4] and row[4] - max(stat[1], stat[2]) > RACY_NANOSECONDS:
                found[path] = row[5]
        return found

    def remember(self, digests: Mapping[str, str]) -> None:
        """Record the stat of files whose digests are known."""
        now = time.time_ns()
        rows = [
            (os.path.abspath(path), *stat, now, name)
            for path, name in digests.items()
            if (stat := _stat(path)) is not None
        ]
        self._write("insert or replace into files values (?, ?, ?, ?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Drop what has not been used for long, and hang up."""
        if self._connection is None:
            return
        now = int(time.time())
        stale = now - 86_400
        # The time of use is only written when it is a day old, so that a warm run writes nothing.
        marks = [(now, name, stale) for name in self._used]
        if marks and next(iter(self._rows("select count(*) from facts where used < ?", [stale])), (0,))[0]:
            self._write("update facts set used = ? where digest = ? and used < ?", marks)
        self._prune(now)
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection = None

    def _prune(self, now: int) -> None:
        old = now - KEPT_DAYS * 86_400
        if next(iter(self._rows("select exists(select 1 from facts where used < ?)", [old])), (0,))[0]:
            self._write("delete from facts where used < ?", [(old,)])
        pages = next(
            iter(self._rows("select page_count * page_size from pragma_page_count, pragma_page_size", [])), (0,)
        )
        if pages[0] > MAXIMUM_BYTES:
            self._write("delete from facts where used < ?", [(now - 86_400,)])

    def _rows(self, statement: str, values: Iterable[Any]) -> list[Any]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.Error:
            return []

    def _write(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        rows = list(rows)
        if self._connection is None or not rows:
            return
        with suppress(sqlite3.Error), self._connection:
            self._connection.executemany(statement, rows)


def _prepare(directory: Path, name: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    tag = directory / "CACHEDIR.TAG"
    if not tag.exists():
        tag.write_text("Signature: 8a477f597d28d172789f06886806bc55\n", encoding="ascii")
        (directory / ".gitignore").write_text("*\n", encoding="ascii")
    for path in directory.glob("facts-*.sqlite*"):
        if not path.name.startswith(name):
            path.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection | None:
    """Open the database; None when it is none, or broken."""
    for _ in range(ATTEMPTS):
        try:
            return _opened(path)
        except sqlite3.Error as error:
            if "locked" not in str(error):
                return None
        # Another run is making it; SQLite does not wait for that by itself.
        time.sleep(PAUSE)
    return sqlite3.connect(":memory:")


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = off")
        connection.executescript(_SCHEMA)
        connection.execute("select count(*) from programs").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _batches(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))


def _stat(path: str) -> tuple[int, int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
