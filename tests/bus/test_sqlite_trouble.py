"""Cases 32, 37, 38 and 39 on a file: power, locks, a full disk, a backup, and clocks that disagree."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evlint.bus import Bus, BusError, Retry, SqliteDatabase
from evlint.bus.conformance import Bench
from evlint.bus.conformance.bench import Happened, eventually
from evlint.bus.conformance.child import subscribe
from evlint.bus.conformance.crashing import EXACT, INSIDE


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(f"sqlite:///{tmp_path}/bus.db")
    yield bench
    bench.close()


class Disk:
    """How much may be written."""

    def __init__(self) -> None:
        self.pages = 1_000_000
        self.read_only = False


class OnDisk(SqliteDatabase):
    """A connection to a file on such a disk."""

    def __init__(self, path: str, disk: Disk) -> None:
        super().__init__(path)
        self.disk = disk

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.connection.execute(f"PRAGMA max_page_count = {self.disk.pages}")
        self.connection.execute(f"PRAGMA query_only = {int(self.disk.read_only)}")
        with super().transaction() as tx:
            yield tx

    def clone(self) -> OnDisk:
        return OnDisk(self.path, self.disk)


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_38_a_disk_that_cannot_be_written_delays_only(
    bench: Bench, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"{tmp_path}/bus.db"
    disk = Disk()
    bus = Bus(OnDisk(path, disk), source="probe")

    @bus.subscribe(id="probe.bulky", retry=Retry(attempts=1))
    def bulky(event: Happened, tx: sqlite3.Connection) -> None:
        tx.execute(
            "INSERT INTO probe_effect (handler, event, key, n) VALUES ('', ?, zeroblob(100000), 0)", (event.key,)
        )

    bus.register()
    bench.publish(bus, *(Happened("a", n) for n in range(3)))
    with caplog.at_level(logging.WARNING), bus.running():
        eventually(lambda: bench.statuses("probe.bulky") == {"done": 3})
        caplog.clear()
        ((pages,),) = bench.database.rows("PRAGMA page_count")
        disk.pages, disk.read_only = (pages, False) if how == "full" else (1_000_000, True)
        bench.publish(bus, *(Happened("a", n) for n in range(3, 6)))
        eventually(lambda: "database gives trouble" in caplog.text)
        before = len(caplog.records)
        time.sleep(2.0)
        assert len(caplog.records) - before < 12, "it must neither spin nor fill the log"
        assert bench.statuses("probe.bulky").get("done") == 3
        disk.pages, disk.read_only = 1_000_000, False
        eventually(lambda: bench.statuses("probe.bulky") == {"done": 6})
    assert bench.database.rows("SELECT DISTINCT attempts FROM evbus_delivery") == [(1,)]
    bus.close()


def test_38_a_full_disk_is_told_to_who_publishes(bench: Bench, tmp_path: Path) -> None:
    bus = bench.bus()
    own = sqlite3.connect(tmp_path / "bus.db", isolation_level=None)
    ((pages,),) = own.execute("PRAGMA page_count").fetchall()
    own.execute(f"PRAGMA max_page_count = {pages}")
    published = 0

    def place_until_it_is_full() -> None:
        nonlocal published
        while published < 1000:
            own.execute("BEGIN IMMEDIATE")
            own.execute("INSERT INTO probe_state (key, n) VALUES ('a', 0)")
            bus.publish(own, Happened("a", 0))
            own.execute("COMMIT")
            published += 1

    with pytest.raises(sqlite3.OperationalError, match="full"):
        place_until_it_is_full()
    if own.in_transaction:
        own.execute("ROLLBACK")
    own.close()
    assert len(bench.state()) == published
    assert bench.database.rows("SELECT count(*) FROM evbus_event") == [(published,)]


def test_38_a_backup_is_whole(bench: Bench, tmp_path: Path) -> None:
    bus = bench.bus()
    subscribe(bus, bench, lease=0.2)
    bus.register()
    bench.publish(bus, *(Happened(str(n % 3), n) for n in range(20)))
    with bus.running():
        eventually(lambda: len(bench.effects("probe.inside")) > 5)
        copy = sqlite3.connect(tmp_path / "backup.db")
        bench.database.connection.backup(copy)  # type: ignore[attr-defined]
        copy.close()
        bench.publish(bus, *(Happened("later", n) for n in range(5)))
    restored = Bench(f"sqlite:///{tmp_path}/backup.db")
    again = restored.bus()
    subscribe(again, restored, lease=0.2)
    restored.settle(again)
    assert len(restored.state()) == 20
    for handler in INSIDE:
        assert restored.account(handler) == EXACT
    restored.close()


def test_37_a_file_that_is_locked_for_longer_than_anybody_waits_costs_no_attempt(tmp_path: Path, bench: Bench) -> None:
    bus = Bus(SqliteDatabase(f"{tmp_path}/bus.db", busy_timeout=0.05), source="probe")
    subscribe(bus, bench)
    bus.register()
    holder = sqlite3.connect(tmp_path / "bus.db", isolation_level=None)
    with bus.running():
        holder.execute("BEGIN IMMEDIATE")
        for n in range(5):
            holder.execute("INSERT INTO probe_state (key, n) VALUES ('a', ?)", (n,))
            bus.publish(holder, Happened("a", n))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            bus.publish_now(Happened("a", 6))
        time.sleep(1.5)
        assert bench.effects("probe.inside") == []
        holder.execute("COMMIT")
        for handler in (*INSIDE, "probe.outside"):
            eventually(lambda handler=handler: bench.statuses(handler) == {"done": 5})
    for handler in (*INSIDE, "probe.outside"):
        assert bench.account(handler) == EXACT
    assert bench.database.rows("SELECT DISTINCT attempts FROM evbus_delivery") == [(1,)]
    holder.close()
    bus.close()


@pytest.mark.parametrize(("durability", "level"), [("power", 2), ("process", 1)])
def test_32_a_power_failure_takes_state_and_events_together(tmp_path: Path, durability: str, level: int) -> None:
    """What a failure can take is the end of the log that was not synced; with `power` there is none."""
    whole = tmp_path / "whole"
    whole.mkdir()
    database = SqliteDatabase(f"{whole}/bus.db", durability)  # type: ignore[arg-type]
    bus = Bus(database, source="probe")
    assert bus.database.rows("PRAGMA synchronous") == [(level,)], "2 syncs the log at each commit"
    bus.database.change("CREATE TABLE state (n INTEGER)")
    sizes = []
    for n in range(12):
        with bus.database.transaction() as tx:
            bus.database.change("INSERT INTO state VALUES (:n)", n=n)
            bus.publish(tx, Happened("a", n))
        sizes.append((whole / "bus.db-wal").stat().st_size)
    left = set()
    for cut in range(sizes[0] - 4000, sizes[-1] + 1, 1777):
        part = tmp_path / f"cut{cut}"
        part.mkdir()
        shutil.copy(whole / "bus.db", part)
        (part / "bus.db-wal").write_bytes((whole / "bus.db-wal").read_bytes()[:cut])
        after = SqliteDatabase(f"{part}/bus.db")
        events = [n for (n,) in after.rows("SELECT json_extract(data, '$.n') FROM evbus_event ORDER BY seq")]
        states = [n for (n,) in after.rows("SELECT n FROM state ORDER BY n")]
        assert events == states == list(range(len(states)))
        assert len(states) >= sum(size <= cut for size in sizes), "what was synced is there"
        assert after.health() == []
        left.add(len(states))
        after.close()
    assert len(left) > 8, "this run hardly exercised what it is for"
    bus.close()


def skewed(by: float) -> Callable[[], float]:
    return lambda: time.time() + by


def test_39_clocks_that_differ_by_hours_lose_and_repeat_nothing(bench: Bench, tmp_path: Path) -> None:
    path = f"{tmp_path}/bus.db"
    buses = []
    for skew in (-3600.0, 0.0, 3600.0):
        bus = Bus(SqliteDatabase(path, clock=skewed(skew)), source="probe")
        subscribe(bus, bench, errors=0.1)
        bus.register()
        buses.append(bus)
    start = threading.Barrier(4)

    def work(bus: Bus) -> None:
        with bus.running():
            start.wait()
            done.wait()

    done = threading.Event()
    threads = [threading.Thread(target=work, args=(bus,)) for bus in buses]
    for thread in threads:
        thread.start()
    start.wait()
    for n in range(100):
        bench.publish(buses[n % 3], Happened(str(n % 5), n))
    for handler in (*INSIDE, "probe.outside"):
        eventually(lambda handler=handler: bench.statuses(handler) == {"done": 100})
    done.set()
    for thread in threads:
        thread.join()
    for handler in INSIDE:
        assert bench.account(handler) == EXACT
    assert bench.account("probe.outside", at_least_once=True) == EXACT
    for key in "01234":
        assert bench.numbers("probe.in_order", key) == list(range(int(key), 100, 5))
    for bus in buses:
        bus.close()


@pytest.mark.parametrize("jump", [-86_400.0, -3600.0, 3600.0])
def test_39_a_clock_that_jumps_makes_nobody_wait_for_ever(bench: Bench, tmp_path: Path, jump: float) -> None:
    ahead = 0.0
    bus = Bus(SqliteDatabase(f"{tmp_path}/bus.db", clock=lambda: time.time() + ahead), source="probe")
    subscribe(bus, bench, errors=0.5)
    bus.register()
    with bus.running():
        for n in range(40):
            bench.publish(bus, Happened(str(n % 4), n))
            if n == 20:
                ahead = jump
        for handler in INSIDE:
            eventually(lambda handler=handler: bench.statuses(handler) == {"done": 40})
    for handler in INSIDE:
        assert bench.account(handler) == EXACT
    bus.close()


def test_37_a_start_waits_for_whoever_holds_the_file(tmp_path: Path) -> None:
    bus = Bus(SqliteDatabase(str(tmp_path / "bus.db"), busy_timeout=0.05), source="probe")
    holder = sqlite3.connect(tmp_path / "bus.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, lambda: holder.execute("ROLLBACK"))
    release.start()
    with bus.running():
        assert not holder.in_transaction
    holder.close()
    bus.close()


def test_37_a_start_that_waits_too_long_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus(SqliteDatabase(str(tmp_path / "bus.db"), busy_timeout=0.05), source="probe")
    monkeypatch.setattr("evlint.bus.running.START", 0.2)
    holder = sqlite3.connect(tmp_path / "bus.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusError, match=r"locked.*hold a transaction open"), bus.running():
        pass
    holder.close()
    bus.close()


def test_37_an_end_that_nobody_can_be_told_of_is_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bus = Bus(SqliteDatabase(str(tmp_path / "bus.db"), busy_timeout=0.05), source="probe")
    holder = sqlite3.connect(tmp_path / "bus.db", isolation_level=None)
    with bus.running():
        holder.execute("BEGIN IMMEDIATE")
    assert "trouble at the end" in caplog.text
    holder.close()
    bus.close()
