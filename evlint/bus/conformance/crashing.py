"""Cases 29 to 34: processes that die, freeze or are told to stop, at any moment."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from datetime import timedelta
from multiprocessing.process import BaseProcess

import msgspec
import pytest

from evlint.bus import Delivery
from evlint.bus.conformance.bench import PATIENCE, Bench, Happened, eventually, pause, resume, seeded
from evlint.bus.conformance.child import main, subscribe
from evlint.bus.operations import dead_letters

EXACT = {"lost": 0, "doubled": 0, "unexpected": 0, "without state": 0}
INSIDE = ("probe.inside", "probe.in_order", "probe.in_batches")


class _Forks:
    """Processes that start fast, because a parent has imported everything already."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([main.__module__])

    def start(self, bench: Bench, role: tuple[str, ...]) -> BaseProcess:
        process = self._context.Process(target=main, args=([bench.url, *role], bench.prelude), daemon=True)
        process.start()
        return process


_FORKS = _Forks()


class Crashing:
    """Processes that die, freeze or are told to stop, at any moment."""

    torture_seconds = 25.0
    generations = 20

    def test_29_a_crash_before_the_commit_publishes_nothing(self, bench: Bench, several_processes: None) -> None:
        bench.crash("publish.written", "publish")
        eventually(lambda: bench.state() == [])
        assert bench.database.rows("SELECT count(*) FROM evbus_event") == [(0,)]

    @pytest.mark.parametrize(
        "point",
        ["fan_out.inserted", "fan_out.committed", "deliver.claimed", "deliver.handled", "deliver.committed",
         "retry.before_write", "lease.claimed", "lease.handled"],
    )  # fmt: skip
    def test_29_a_crash_anywhere_loses_nothing_and_repeats_nothing(
        self, bench: Bench, point: str, several_processes: None
    ) -> None:
        bus = bench.bus()
        subscribe(bus, bench, lease=0.2)
        bus.register()
        bench.publish(bus, *(Happened(str(n % 2), n) for n in range(6)))
        bench.crash(point, "drain", "--lease", "0.2", "--errors", "1" if point.startswith("retry") else "0")
        bench.settle(bus)
        for handler in INSIDE:
            assert bench.account(handler) == EXACT, handler
        assert bench.account("probe.outside", at_least_once=True) == EXACT
        for key in ("0", "1"):
            assert bench.numbers("probe.in_order", key) == sorted(bench.numbers("probe.in_order", key))
        assert dead_letters(bench.database) == []

    def test_29_a_crash_before_the_alarm_only_delays_it(self, bench: Bench, several_processes: None) -> None:
        alarms: list[str] = []
        bus = bench.bus(on_dead=lambda handler, fingerprint, error, count: alarms.append(handler))
        subscribe(bus, bench, only="probe.inside")
        bus.register()
        envelope = bench.bus(source="elsewhere").envelope(Happened("a", 1))
        bus.receive(msgspec.structs.replace(envelope, data=b"\xff"))
        bench.crash("dead.before_alert", "drain", "--only", "probe.inside")
        bus.drain()
        assert alarms == ["probe.inside"]

    def test_30_torture(self, bench: Bench, several_processes: None) -> None:
        """One publisher and two workers are killed again and again, at random, for a while."""
        bus = bench.bus()
        subscribe(bus, bench, lease=0.3)
        bus.register()
        kills = 0
        work = ("work", "--errors", "0.05", "--lease", "0.3", "--crash-at-random", "0.002")
        # No more is published than a slow disk can settle afterwards.
        publish = ("publish", "--count", "100000", "--slow", "0.01", "--crash-at-random", "0.03")
        roles = [publish, work, work]
        with seeded() as chance:
            running = [_FORKS.start(bench, role) for role in roles]
            deadline = time.monotonic() + self.torture_seconds
            while time.monotonic() < deadline:
                time.sleep(chance.uniform(0.0, 0.03))
                if chance.random() < 0.2:
                    chance.choice(running).kill()
                for place, child in enumerate(running):
                    if not child.is_alive():
                        kills += 1
                        child.close()
                        running[place] = _FORKS.start(bench, roles[place])
            for child in running:
                child.kill()
                child.join()
        bench.settle(bus)
        published = len(bench.state())
        print(f"{kills} kills, {published} events")  # noqa: T201
        assert kills > self.torture_seconds, "this run hardly exercised what it is for"
        for handler in INSIDE:
            assert bench.account(handler) == EXACT, handler
        assert bench.account("probe.outside", at_least_once=True) == EXACT
        assert _out_of_order(bench) == 0
        assert dead_letters(bench.database) == []
        assert bench.database.health() == []

    def test_31_who_was_frozen_past_the_lease_has_no_say(self, bench: Bench, several_processes: None) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.outside", lease=0.3)
        bus.register()
        child = bench.child("work", "--only", "probe.outside", "--lease", "0.3", "--slow", "2", "--errors", "1")
        bench.publish(bus, Happened("a", 1))
        eventually(lambda: len(bench.effects("probe.outside")) == 1)
        pause(child)
        bench.settle(bus)
        assert bench.statuses("probe.outside") == {"done": 1}
        row = bench.database.rows("SELECT status, attempts, error FROM evbus_delivery")
        resume(child)
        assert child.stderr is not None
        assert any("lost its lease" in line for line in child.stderr), "it was never told"
        assert bench.database.rows("SELECT status, attempts, error FROM evbus_delivery") == row

    def test_31_a_lease_lasts_as_long_as_its_process(self, bench: Bench) -> None:
        bus = bench.bus()
        runs: list[int] = []
        begun, finish = threading.Event(), threading.Event()

        @bus.subscribe(id="probe.long", lease=1.5, concurrency=2)
        def handle(event: Happened, delivery: Delivery) -> None:
            runs.append(delivery.attempt)
            begun.set()
            finish.wait(60)

        bus.register()
        bench.publish(bus, Happened("a", 1))
        with bus.running():
            assert begun.wait(PATIENCE)
            time.sleep(2.5)
            finish.set()
        assert runs == [1]
        assert bench.statuses("probe.long") == {"done": 1}

    def test_33_a_shutdown_lets_handlers_finish(self, bench: Bench, several_processes: None) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        child = bench.child("work", "--slow", "0.3")
        bench.publish(bus, *(Happened("a", n) for n in range(3)))
        eventually(lambda: len(bench.effects("probe.outside")) == 1)
        started = time.monotonic()
        _terminate(child)
        assert child.returncode == 0
        assert time.monotonic() - started < 20, "it does not wait longer than it must"
        attempts = bench.database.rows("SELECT DISTINCT attempts FROM evbus_delivery WHERE status <> 'done'")
        assert attempts in ([], [(0,)]), "a shutdown costs no attempt"
        assert bench.database.rows("SELECT count(*) FROM evbus_delivery WHERE status = 'running'") == [(0,)]
        bench.settle(bus)
        for handler in (*INSIDE, "probe.outside"):
            assert sorted(bench.numbers(handler, "a")) == [0, 1, 2]

    def test_33_who_does_not_finish_in_time_spends_no_attempt(self, bench: Bench) -> None:
        bus = bench.bus(grace=timedelta(seconds=0.2))
        begun, finish = threading.Event(), threading.Event()

        @bus.subscribe(id="probe.long")
        def handle(event: Happened, delivery: Delivery) -> None:
            begun.set()
            finish.wait(60)

        bus.register()
        bench.publish(bus, Happened("a", 1))
        with bus.running():
            assert begun.wait(PATIENCE)
        row = [("due", 0)]
        assert bench.database.rows("SELECT status, attempts FROM evbus_delivery") == row
        finish.set()
        for thread in threading.enumerate():
            if thread.name == "evlint.bus worker":
                thread.join()
        assert bench.database.rows("SELECT status, attempts FROM evbus_delivery") == row, "it has no say any more"
        bus.drain()
        assert bench.statuses("probe.long") == {"done": 1}

    @pytest.mark.parametrize("signals", [1, 2])
    def test_33_nobody_holds_up_a_shutdown_for_longer_than_agreed(
        self, bench: Bench, signals: int, several_processes: None
    ) -> None:
        bus = bench.bus()
        subscribe(bus, bench, only="probe.outside", lease=0.5)
        bus.register()
        grace = "1" if signals == 1 else "100"
        child = bench.child("work", "--only", "probe.outside", "--slow", "200", "--lease", "0.5", "--grace", grace)
        bench.publish(bus, Happened("a", 1))
        eventually(lambda: len(bench.effects("probe.outside")) == 1)
        started = time.monotonic()
        while child.poll() is None:
            assert time.monotonic() - started < 60
            child.terminate()
            time.sleep(2.0 if signals == 1 else 0.2)
        assert child.returncode == (0 if signals == 1 else 128 + signal.SIGTERM)
        if signals == 1:
            assert bench.database.rows("SELECT status, attempts FROM evbus_delivery") == [("due", 0)]
        bench.settle(bus)
        assert bench.statuses("probe.outside") == {"done": 1}

    def test_34_a_rolling_restart_loses_nothing(self, bench: Bench, several_processes: None) -> None:
        bus = bench.bus()
        subscribe(bus, bench)
        bus.register()
        child = bench.child("work")
        _await(child)
        for turn in range(self.generations):
            bench.publish(bus, *(Happened(str(n % 4), 100 * turn + n) for n in range(20)))
            successor = bench.child("work")
            _await(successor)
            _terminate(child)
            assert child.returncode == 0
            child = successor
        _terminate(child)
        bench.settle(bus)
        for handler in (*INSIDE, "probe.outside"):
            assert bench.account(handler) == EXACT, handler
        assert _out_of_order(bench) == 0


def _await(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"


def _terminate(child: subprocess.Popen[str]) -> None:
    os.kill(child.pid, signal.SIGTERM)
    child.communicate(timeout=30)


def _out_of_order(bench: Bench) -> int:
    """How many events of a key were handled before one that was published earlier."""
    sql = "SELECT id, seq, key FROM evbus_event"
    seqs = {id_: (key, seq) for id_, seq, key in bench.database.rows(sql)}
    last: dict[str, int] = {}
    wrong = 0
    for id_, _, _ in bench.effects("probe.in_order"):
        key, seq = seqs[id_]
        wrong += seq < last.get(key, 0)
        last[key] = seq
    return wrong
