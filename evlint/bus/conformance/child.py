"""A process that publishes or works on a bench's database, and may kill itself at a named point."""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import threading
import time
from datetime import timedelta

from evlint.bus import Bus, Delivery, Retry
from evlint.bus.conformance.bench import PATIENT, Bench, Happened, record
from evlint.bus.database import Database
from evlint.bus.points import watch


def main(arguments: list[str] | None = None, prelude: str = "") -> None:
    """Do what the command line says, after the prelude."""
    exec(prelude)  # noqa: S102 - the test's own words
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("role", choices=["publish", "work", "drain", "killer"])
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--crash", default="")
    parser.add_argument("--crash-at-random", type=float, default=0.0)
    parser.add_argument("--errors", type=float, default=0.0)
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--lease", type=float, default=60.0)
    parser.add_argument("--grace", type=float, default=25.0)
    options = parser.parse_args(arguments)
    crash(options.crash, options.crash_at_random)
    bench = Bench(options.url)
    bus = bench.bus(grace=timedelta(seconds=options.grace))
    if options.role == "publish":
        for n in range(options.count):
            bench.publish(bus, Happened(str(n % 16), n))
            time.sleep(options.slow)
        return
    if options.role == "killer":
        subscribe_killer(bus)
    else:
        subscribe(bus, bench, errors=options.errors, slow=options.slow, only=options.only, lease=options.lease)
    if options.role == "drain":
        while bus.drain():
            pass
    else:
        logging.basicConfig(level=logging.INFO)
        logging.getLogger("evlint.bus").addFilter(say_when_ready)
        bus.run()


def say_when_ready(record: logging.LogRecord) -> bool:
    """Tell the parent that from now on a signal is heard."""
    if record.getMessage() == "handlers are running":
        print("ready", flush=True)  # noqa: T201
    return True


def crash(point: str, chance: float) -> None:
    """Kill this process without warning, at a point or anywhere."""

    def hook(name: str) -> None:
        if name == point or random.random() < chance:  # noqa: S311
            os.kill(os.getpid(), signal.SIGKILL)

    if point or chance:
        watch(hook)


def subscribe(
    bus: Bus,
    bench: Bench,
    *,
    errors: float = 0.0,
    slow: float = 0.0,
    only: str = "",
    lease: float = 60.0,
    retry: Retry = PATIENT,
) -> None:
    """Subscribe a handler of each kind, each of which records its effects."""

    def fail_sometimes() -> None:
        time.sleep(slow)
        if random.random() < errors:  # noqa: S311
            raise RuntimeError("once in a while this goes wrong")

    def inside(event: Happened, tx: object, delivery: Delivery) -> None:
        record(tx, "probe.inside", delivery.envelope.id, event.key, event.n)
        fail_sometimes()

    def in_order(event: Happened, tx: object, delivery: Delivery) -> None:
        record(tx, "probe.in_order", delivery.envelope.id, event.key, event.n)
        fail_sometimes()

    def in_batches(event: Happened, tx: object, delivery: Delivery) -> None:
        record(tx, "probe.in_batches", delivery.envelope.id, event.key, event.n)
        fail_sometimes()

    def outside(event: Happened, delivery: Delivery) -> None:  # evlint: ignore[EVL301] repetitions are what it counts
        with elsewhere(bench).transaction() as tx:
            record(tx, "probe.outside", delivery.envelope.id, event.key, event.n)
        fail_sometimes()

    def wanted(id_: str) -> bool:
        return only in ("", id_)

    if wanted("probe.inside"):
        bus.subscribe(id="probe.inside", retry=retry)(inside)
    if wanted("probe.in_order"):
        bus.subscribe(id="probe.in_order", ordered=True, retry=retry)(in_order)
    if wanted("probe.in_batches"):
        bus.subscribe(id="probe.in_batches", batch=10, retry=retry)(in_batches)
    if wanted("probe.outside"):
        bus.subscribe(id="probe.outside", retry=retry, lease=lease)(outside)


_elsewhere = threading.local()


def elsewhere(bench: Bench) -> Database:
    """A connection that has nothing to do with the transactions of the bus."""
    if getattr(_elsewhere, "of", None) is not bench:
        _elsewhere.of, _elsewhere.database = bench, bench.database.clone()
        bench.closing.append(_elsewhere.database)
    found: Database = _elsewhere.database
    return found


def subscribe_killer(bus: Bus) -> None:
    """Subscribe a handler that takes its process down with it, each time, over one event."""

    @bus.subscribe(id="probe.killed", retry=Retry(attempts=3, base=0.001))
    def killed(event: Happened, tx: object, delivery: Delivery) -> None:
        if event.n == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        record(tx, "probe.killed", delivery.envelope.id, event.key, event.n)
