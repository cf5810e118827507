"""Runs workers in threads: starts them, keeps their leases, sounds alarms, and ends without losing anything."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from types import FrameType
from typing import Protocol

from evlint.bus.database import Database
from evlint.bus.deliveries import extend, follow_clock, release
from evlint.bus.envelope import uuid7
from evlint.bus.errors import BusError
from evlint.bus.links import Feeds
from evlint.bus.operations import alarmed, alarming, prune
from evlint.bus.points import point
from evlint.bus.subscription import Subscription
from evlint.bus.worker import Worker

log = logging.getLogger("evlint.bus")
Alarm = Callable[[str, str, str, int], None]
BEAT = 5.0
SILENT = 30.0
"""After how many seconds without a beat a worker on another host is taken for dead."""
START = 60.0
"""For how many seconds a start waits for a database that is locked."""
CAUTION = 600.0
"""For how many seconds after a death attempts are counted before they are made."""


class MakeWorker(Protocol):
    def __call__(
        self, database: Database, subscriptions: list[Subscription], cautious: Callable[[], bool]
    ) -> Worker: ...


class Runner:
    """The workers of one process.

    Args:
        database: where to clone connections from.
        subscriptions: the handlers; those without `tx` get threads of their own, so that a slow one holds up
            nobody else.
        feeds: what brings events from elsewhere.
        workers: how many threads share the handlers with `tx`; with SQLite, which has one writer, 1 is best.
    """

    def __init__(
        self,
        database: Database,
        subscriptions: list[Subscription],
        make: MakeWorker,
        *,
        feeds: Feeds,
        workers: int,
        on_dead: Alarm | None,
        keep: float,
        grace: float,
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._on_dead = on_dead
        self._keep = keep
        self._grace = grace
        self._id = uuid7()
        self._stopping = threading.Event()
        self._cautious = False
        self._lease = min((s.lease for s in subscriptions if not s.transactional), default=BEAT * 3)
        self._threads: list[threading.Thread] = []
        shared = [s for s in subscriptions if s.transactional]
        alone = [[s] for s in subscriptions if not s.transactional for _ in range(1 if s.is_async else s.concurrency)]
        self._workers = [
            make(database.clone(), group, lambda: self._cautious) for group in [*[shared] * max(1, workers), *alone]
        ]

    def start(self) -> None:
        patiently(self._database, self._enrol)
        self._heart = threading.Thread(target=self._beat, name="evlint.bus heart", daemon=True)
        self._threads = [threading.Thread(target=w.run, name="evlint.bus worker", daemon=True) for w in self._workers]
        for thread in [self._heart, *self._threads]:
            thread.start()
        self._feeds.start()

    def stop(self) -> bool:
        """Claim nothing more, wait for what is at work, give back what is not done in time; True if all was."""
        for worker in self._workers:
            worker.stopping.set()
        deadline = time.monotonic() + self._grace
        self._feeds.stop()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = [worker for worker, thread in zip(self._workers, self._threads, strict=True) if thread.is_alive()]
        self._stopping.set()
        self._heart.join(max(1.0, deadline - time.monotonic()))
        self._say_goodbye(late)
        if late:
            log.warning("%d workers did not finish within %.0f s; others take over", len(late), self._grace)
        return not late

    def run_until_signal(self) -> None:
        """Run until SIGTERM or SIGINT; a second one ends the process at once."""
        stop = threading.Event()

        def on_signal(number: int, _: FrameType | None) -> None:
            if stop.is_set():
                os._exit(128 + number)
            stop.set()

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        self.start()
        log.info("handlers are running")
        while not stop.wait(1.0):  # in steps, because on some systems a signal does not interrupt a wait
            pass
        if not self.stop():
            logging.shutdown()
            os._exit(0)  # a thread that is still at work must not keep the process
        for number, handler in before.items():
            signal.signal(number, handler)

    # The heart

    def _beat(self) -> None:
        database = self._database.clone()
        pruned = 0.0
        while not self._stopping.wait(min(BEAT, self._lease / 3)):
            try:
                self._beat_once(database)
                if time.monotonic() - pruned > 3600:
                    prune(database, self._keep)
                    pruned = time.monotonic()
            except Exception as error:
                log.warning("the heart of the bus stumbled: %s", error, exc_info=not database.is_trouble(error))
                self._stopping.wait(1.0)
        database.close()

    def _beat_once(self, database: Database) -> None:
        with database.transaction():
            for worker in self._workers:
                if lease := max((s.lease for s in worker.subscriptions if not s.transactional), default=0.0):
                    extend(database, worker.token, lease)
            follow_clock(database)
            database.change("UPDATE evbus_worker SET beat = :now WHERE id = :id", now=database.now(), id=self._id)
        self._cautious = self._somebody_died(database)
        sound_alarms(database, self._on_dead)

    def _say_goodbye(self, late: list[Worker]) -> None:
        with closing(self._database.clone()) as database:
            try:
                with database.transaction():
                    for worker in late:
                        release(database, worker.token)
                    database.change("DELETE FROM evbus_worker WHERE id = :id", id=self._id)
                sound_alarms(database, self._on_dead)
            except Exception as error:
                if not database.is_trouble(error):
                    raise
                log.warning("the database gives trouble at the end: %s; what is leased comes back by itself", error)

    def _enrol(self) -> None:
        with closing(self._database.clone()) as database:
            self._cautious = self._somebody_died(database)
            with database.transaction():
                sql = "DELETE FROM evbus_worker WHERE beat < :before"
                database.change(sql, before=database.now() - CAUTION)
                sql = "INSERT INTO evbus_worker (id, host, pid, beat) VALUES (:id, :host, :pid, :now)"
                database.change(sql, id=self._id, host=socket.gethostname(), pid=os.getpid(), now=database.now())

    def _somebody_died(self, database: Database) -> bool:
        """Whether a worker stopped beating within the last minutes without having said goodbye."""
        now, here = database.now(), socket.gethostname()
        sql = "SELECT id, host, pid, beat FROM evbus_worker WHERE beat > :since AND id <> :id"
        for _, host, pid, beat in database.rows(sql, since=now - CAUTION, id=self._id):
            if beat < now - SILENT or (host == here and (pid == os.getpid() or not _lives(pid))):
                return True
        return False


def patiently(database: Database, work: Callable[[], None]) -> None:
    """Do something that others may hold up with a transaction.

    Raises:
        BusError: the database gave trouble for longer than a start waits.
    """
    deadline = time.monotonic() + START
    while True:
        try:
            return work()
        except Exception as error:
            if not database.is_trouble(error):
                raise
            if time.monotonic() > deadline:
                told = f"the bus cannot start, because its database has given trouble for {START:.0f} s: {error}"
                raise BusError(f"{told}; does a process hold a transaction open?") from error
            log.warning("the database gives trouble at the start: %s; trying again", error)
            time.sleep(0.2)


def sound_alarms(database: Database, on_dead: Alarm | None) -> None:
    """Tell of new dead letters, once for each handler and kind of error; again if nobody can be told."""
    for handler, fingerprint, error, count in alarming(database):
        point("dead.before_alert")
        log.error("%s has %d new dead letters (%s): %s", handler, count, fingerprint, error)
        if on_dead is not None:
            on_dead(handler, fingerprint, error, count)
        alarmed(database, handler, fingerprint)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
