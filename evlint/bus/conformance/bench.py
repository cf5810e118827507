"""What the cases work with: a fresh database, events, and tables that show which effects happened how often."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evlint.bus import Bus, Retry, event
from evlint.bus.bus import open_database
from evlint.bus.database import Database
from evlint.bus.operations import counts

QUICK = Retry(attempts=5, base=0.001, cap=0.01)
PATIENT = Retry(attempts=1000, base=0.001, cap=0.05)
PATIENCE = float(os.environ.get("EVLINT_BUS_PATIENCE", "60"))
"""For how many seconds to wait for what must come true; a busy machine may be slow."""


@event("probe.happened", key="key")
@dataclass(frozen=True)
class Happened:
    """Something happened, as number `n` of its key."""

    key: str
    n: int


@event("probe.prepared", key="key")
@dataclass(frozen=True)
class Prepared:
    """What must be there before something can happen."""

    key: str


@event("probe.followed", key="key")
@dataclass(frozen=True)
class Followed:
    """What followed from something that happened."""

    key: str
    depth: int = 0


@dataclass(frozen=True)
class Features:
    """What an implementation promises; cases about anything else are skipped, and say so.

    Attributes:
        several_processes: workers in several processes may share the database.
        held_transactions: several transactions may write at the same time.
        one_file: the database is one SQLite file on this machine.
    """

    several_processes: bool = True
    held_transactions: bool = False
    one_file: bool = False


class Bench:
    """One fresh database and what happened in it.

    Args:
        url: as `Bus` takes it, so that other processes can open the database as well.
        prelude: Python that other processes run first, such as one that breaks the engine on purpose.
    """

    def __init__(self, url: str, prelude: str = "") -> None:
        self.url = url
        self.prelude = prelude
        self.database = open_database(url)
        self.database.prepare()
        self._buses: list[Bus] = []
        self.closing: list[Database] = []
        self._children: list[subprocess.Popen[str]] = []
        serial = "INTEGER PRIMARY KEY" if "postgres" not in url else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        with self.database.transaction():
            self.database.change("CREATE TABLE IF NOT EXISTS probe_state (key TEXT, n INTEGER)")
            self.database.change(
                f"CREATE TABLE IF NOT EXISTS probe_effect (at {serial}, handler TEXT, event TEXT, key TEXT, n INTEGER)"
            )

    def bus(self, **options: Any) -> Bus:
        self._buses.append(Bus(self.url, source=options.pop("source", "probe"), **options))
        return self._buses[-1]

    def close(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.kill()
            child.communicate()
        for bus in self._buses:
            bus.close()
        for database in self.closing:
            database.close()
        self.database.close()

    # Publishing and effects

    def publish(self, bus: Bus, *events: object) -> None:
        """Change the state and publish, in one transaction."""
        with self.database.transaction() as tx:
            for published in events:
                if isinstance(published, Happened):
                    sql = "INSERT INTO probe_state (key, n) VALUES (:key, :n)"
                    self.database.change(sql, key=published.key, n=published.n)
                bus.publish(tx, published)

    def effects(self, handler: str) -> list[tuple[str, str, int]]:
        """The effects of a handler in the order in which they happened, as event id, key and number."""
        sql = "SELECT event, key, n FROM probe_effect WHERE handler = :handler ORDER BY at"
        return [(id_, key, n) for id_, key, n in self.database.rows(sql, handler=handler)]

    def numbers(self, handler: str, key: str) -> list[int]:
        return [n for _, of, n in self.effects(handler) if of == key]

    def state(self) -> list[tuple[str, int]]:
        return [(key, n) for key, n in self.database.rows("SELECT key, n FROM probe_state ORDER BY key, n")]

    def statuses(self, handler: str) -> dict[str, int]:
        return counts(self.database).get(handler, {})

    def account(self, handler: str, *, at_least_once: bool = False) -> dict[str, int]:
        """Compare what was committed with what happened: events lost, effects doubled, effects out of nothing."""
        published = {id_ for (id_,) in self.database.rows("SELECT id FROM evbus_event WHERE type = 'probe.happened'")}
        happened = Counter(id_ for id_, _, _ in self.effects(handler))
        doubled = 0 if at_least_once else sum(times - 1 for times in happened.values())
        return {
            "lost": len(published - set(happened)),
            "doubled": doubled,
            "unexpected": len(set(happened) - published),
            "without state": abs(len(self.state()) - len(published)),
        }

    def settle(self, bus: Bus, seconds: float = PATIENCE) -> None:
        """Drain until nothing is owed that could still change, or time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            bus.drain()
            sql = "SELECT count(*) FROM evbus_delivery WHERE status IN ('due', 'running', 'waiting')"
            if self.database.rows(sql) == [(0,)]:
                return
            time.sleep(0.005)

    # Other processes

    def child(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a process on the same database; see `child.py` for what it can do."""
        program = f"{self.prelude}\nfrom evlint.bus.conformance.child import main\nmain()"
        command = [sys.executable, "-c", program, self.url, *arguments]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")  # noqa: S603
        self._children.append(child)
        return child

    def crash(self, point: str, *arguments: str) -> None:
        """Run a process that kills itself at a point, and make sure that it did."""
        child = self.child(*arguments, "--crash", point)
        _, errors = child.communicate(timeout=60)
        assert child.returncode == -signal.SIGKILL, f"the crash at {point} never happened: {errors}"


def record(tx: Any, handler: str, event_id: str, key: str, n: int) -> None:
    """Let an effect happen, in the transaction at hand."""
    mark = "?" if type(tx).__module__.startswith(("sqlite3", "evlint")) else "%s"
    marks = ", ".join([mark] * 4)
    tx.execute(f"INSERT INTO probe_effect (handler, event, key, n) VALUES ({marks})", (handler, event_id, key, n))


def eventually(condition: Any, seconds: float = PATIENCE) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@contextmanager
def seeded(seed: int | None = None) -> Iterator[random.Random]:
    """A source of chance whose seed is printed, so that a failure can be had again."""
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311
    print(f"seed: {seed}")  # noqa: T201
    yield random.Random(seed)  # noqa: S311


def pause(process: subprocess.Popen[str]) -> None:
    """Freeze a process."""
    os.kill(process.pid, signal.SIGSTOP)


def resume(process: subprocess.Popen[str]) -> None:
    """Let a frozen process go on."""
    os.kill(process.pid, signal.SIGCONT)
