"""PostgreSQL holds the contract of the bus."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import psycopg
import pytest

from evlint.bus.conformance import Bench, BusContract, Features
from evlint.bus.conformance.bench import Happened, Prepared, eventually
from evlint.bus.conformance.child import subscribe
from evlint.bus.conformance.crashing import EXACT, INSIDE
from evlint.bus.deliveries import claim
from evlint.bus.fan_out import fan_out

HANDLERS = (*INSIDE, "probe.outside")
THROW_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s AND pid <> %s"
SERVER = os.environ.get("EVLINT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


class TestPostgres(BusContract):
    features = Features(several_processes=True, held_transactions=True)
    torture_seconds = float(os.environ.get("EVLINT_BUS_TORTURE", "4"))
    generations = 20 if os.environ.get("EVLINT_BUS_LONG") else 6

    @pytest.fixture(autouse=True)
    def schema(self, lacking: Callable[[str], NoReturn]) -> Iterator[None]:
        """A schema of its own for each test."""
        try:
            server = psycopg.connect(SERVER, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            lacking(f"no PostgreSQL answers at {SERVER} (EVLINT_TEST_POSTGRES names another): {error}")
        self.name = f"evbus_{uuid4().hex}"
        with server:
            server.execute(f"CREATE SCHEMA {self.name}".encode())
            yield
            server.execute(f"DROP SCHEMA {self.name} CASCADE".encode())

    def test_what_a_worker_claimed_is_not_offered_to_another(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.inside")
        bus.register()
        bench.publish(bus, *(Happened("a", n) for n in range(10)))
        fan_out(bench.database)
        other = bench.database.clone()
        with bench.database.transaction(), other.transaction():
            first = {found.seq for found in claim(bench.database, "probe.inside", 6)}
            second = {found.seq for found in claim(other, "probe.inside", 6)}
        other.close()
        assert (len(first), len(second), first & second) == (6, 4, set())

    def test_37_handlers_that_deadlock_spend_no_attempt(self, bench: Bench) -> None:
        bus = bench.bus()
        bench.database.change("CREATE TABLE account (id INTEGER PRIMARY KEY, cents INTEGER)")
        bench.database.change("INSERT INTO account VALUES (1, 0), (2, 0)")
        together = threading.Barrier(2)

        runs: list[int] = []

        def book(tx: Any, first: int, second: int) -> None:
            runs.append(first)
            for number, account in enumerate((first, second)):
                tx.execute("UPDATE account SET cents = cents + 1 WHERE id = %s", (account,))
                if number == 0 and not together.broken:
                    with suppress(threading.BrokenBarrierError):
                        together.wait(20)
                    together.abort()

        @bus.subscribe(id="probe.there")
        def there(event: Happened, tx: psycopg.Connection) -> None:
            book(tx, 1, 2)

        @bus.subscribe(id="probe.back")
        def back(event: Prepared, tx: psycopg.Connection) -> None:
            book(tx, 2, 1)

        bus.register()
        with bus.running(workers=2):
            bench.publish(bus, Happened("a", 1), Prepared("a"))
            eventually(lambda: [bench.statuses(h) for h in ("probe.there", "probe.back")] == [{"done": 1}] * 2)
        assert bench.database.rows("SELECT cents FROM account") == [(2,), (2,)]
        assert bench.database.rows("SELECT DISTINCT attempts, tries FROM evbus_delivery") == [(1, 1)]
        assert len(runs) >= 3, "one of two gave way, and ran again"

    def test_39_the_clock_is_that_of_the_server(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        before = bench.database.now()
        monkeypatch.setattr(time, "time", lambda: 0.0)
        other = bench.database.clone()
        assert abs(other.now() - before) < 60
        other.close()

    def test_a_server_that_throws_everybody_out_delays_only(self, bench: Bench) -> None:
        bus = bench.bus()
        subscribe(bus, bench, lease=1.0)
        bus.register()
        with bus.running(workers=2), psycopg.connect(SERVER, autocommit=True) as server:
            ((own,),) = bench.database.rows("SELECT pg_backend_pid()")
            for n in range(60):
                bench.publish(bus, Happened(str(n % 3), n))
                if n % 20 == 10:
                    server.execute(THROW_OUT, (self.name, own))
            with pytest.raises(psycopg.OperationalError):
                bus.publish_now(Happened("lost", 0))
            bench.publish(bus, Happened("a", 60))
            eventually(lambda: all(bench.statuses(handler).get("done") == 61 for handler in HANDLERS))
        for handler in HANDLERS:
            assert bench.account(handler, at_least_once=handler == "probe.outside") == EXACT
        with bench.database.transaction() as tx:
            bench.database.change("INSERT INTO probe_state (key, n) VALUES ('a', 61)")
            bus.publish(tx, Happened("a", 61))
        assert bus.drain() > 0, "a connection that broke is made anew"

    def url(self, tmp_path: Path) -> str:
        return f"{SERVER}?options=-csearch_path%3D{self.name}&application_name={self.name}"
