"""A connection for each thread of each process, closed when its thread ends."""

from __future__ import annotations

import threading
from os import getpid
from weakref import WeakSet

from evlint.bus.database import Database


class Connections:
    """Opens connections as threads ask for them.

    Args:
        first: what to clone; closed with the others.
    """

    def __init__(self, first: Database) -> None:
        self.first = first
        self._pid = getpid()
        self._own = threading.local()
        self._open: WeakSet[_Open] = WeakSet()

    def get(self) -> Database:
        """The connection of this thread; a child of fork never uses that of its parent."""
        mine: _Open | None = getattr(self._own, "open", None)
        if mine is None or mine.pid != getpid():
            mine = self._own.open = _Open(self.first.clone())
            self._open.add(mine)
        return mine.database

    def close(self) -> None:
        """Close the connections of all threads."""
        for found in list(self._open):
            found.close()
        self._own = threading.local()
        if self._pid == getpid():
            self.first.close()


class _Open:
    """A connection that is closed when nobody holds it any more."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.pid = getpid()

    def close(self) -> None:
        # A child of fork shares the socket with its parent, who still needs it.
        if self.pid == getpid():
            self.database.close()

    def __del__(self) -> None:
        self.close()
