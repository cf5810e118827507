"""What the engine asks of a database: little enough for another one to be added in an evening."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class Database(Protocol):
    """One connection, used by one thread at a time.

    Statements are written once, in the SQL that SQLite and PostgreSQL share, with `:name` for values.
    """

    locking: str
    """What a SELECT of deliveries ends with, so that workers do not get in each other's way; may be empty."""

    listed: str
    """Selects the numbers that are given as a JSON array named `:seqs`."""

    def clone(self) -> Database:
        """Open another connection to the same database, for another thread."""

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""

    def prepare(self) -> None:
        """Create the tables of the bus unless they exist."""

    def rows(self, sql: str, **values: object) -> list[Row]:
        """Run a statement and return what it yields."""

    def change(self, sql: str, **values: object) -> int:
        """Run a statement and return how many rows it changed."""

    def transaction(self) -> AbstractContextManager[object]:
        """Commit at the end, or roll back and let the exception pass.

        Must give repeatable decisions: nobody else changes a row that was selected with `locking`.
        Yields what a handler gets as `tx`.
        """

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what happened inside if it raises, and let the exception pass."""

    def is_open(self) -> bool:
        """Whether the transaction at hand can still be committed."""

    def guard(self) -> AbstractContextManager[None]:
        """Forbid the handler that runs inside to end the transaction."""

    def lock(self, name: str) -> None:
        """Hold off everyone else who locks this name, until the transaction ends."""

    def now(self) -> float:
        """Seconds since the epoch, by a clock that all workers of this database share."""

    def wait(self, seconds: float) -> None:
        """Return after some time, or earlier because something may have been committed."""

    def is_trouble(self, error: BaseException) -> bool:
        """Whether the database failed, and not the code that used it: locked, full, gone, deadlocked."""

    def health(self) -> list[str]:
        """What is wrong with how the database is set up, a sentence each."""
