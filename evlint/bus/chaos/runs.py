"""One run of a scenario, on the engine, with a database and a clock of its own."""

from __future__ import annotations

import gc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evlint.bus.bus import Bus
from evlint.bus.chaos.faults import Again, Fault
from evlint.bus.chaos.steps import Crash
from evlint.bus.chaos.stores import Clock, Store, in_file, on_server
from evlint.bus.connections import Connections

MAX_ROUNDS = 2000
Part = Callable[[Any], object]
State = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is run.

    Attributes:
        bus: whose handlers.
        prepare: makes the tables of the application, and resets what is kept elsewhere.
        act: does what publishes events; committed afterwards.
        state: tells what was brought about outside of the tables.
        ignore: tables and columns that may differ: `table`, `table.column` or `column`.
    """

    bus: Bus
    prepare: Part
    act: Part
    state: Part
    ignore: frozenset[str]


def run(scenario: Scenario, fault: Fault, path: Path, server: str = "") -> State:
    """Run a scenario to its end, in a new file at `path` or a new schema of `server`, and return what there is then."""
    clock = Clock()
    with on_server(server, clock) if server else in_file(path, clock) as store, _moved(scenario.bus, store, fault):
        connection = store.connection
        scenario.prepare(connection)
        connection.commit()
        scenario.bus.register()
        scenario.act(connection)
        connection.commit()
        _settle(scenario.bus, clock, fault)
        if isinstance(fault, Again):
            store.database.change(
                "UPDATE evbus_delivery SET status = 'due' WHERE handler = :handler AND status = 'done'",
                handler=fault.handler,
            )
            _settle(scenario.bus, clock, fault)
        return dict(_state(scenario, store))


@contextmanager
def _moved(bus: Bus, store: Store, fault: Fault) -> Iterator[None]:
    """Let a bus work on another database, one delivery after the other, and send nothing elsewhere."""
    names = ("_connections", "_on_dead", "observers", "subscriptions")
    before = {name: getattr(bus, name) for name in names}
    own = {id_: replace(found, batch=1) for id_, found in bus.subscriptions.items() if not is_engine(found.function)}
    connections = Connections(store.database)
    store.database.prepare()
    vars(bus).update(dict(zip(names, (connections, None, (fault,), own), strict=True)))
    try:
        yield
    finally:
        vars(bus).update(before)
        connections.close()


def is_engine(function: Callable[..., object]) -> bool:
    """Whether a handler is the bus's own, which brings events to and from brokers."""
    return function.__module__ == "evlint.bus.distribution"


def _settle(bus: Bus, clock: Clock, fault: Fault) -> None:
    """Deliver until nothing is owed, starting anew after each crash; time passes when nothing is due."""
    sql = "SELECT min(next_at) FROM evbus_delivery WHERE status IN ('due', 'running', 'waiting')"
    for _ in range(MAX_ROUNDS):
        has_crashed = False
        try:
            bus.drain()
        except Crash:
            has_crashed = True
        if has_crashed:
            _bury()
            continue
        ((at,),) = bus.database.rows(sql)
        if at is None:
            return
        clock.ahead += max(0.0, at - bus.database.now()) + 0.001
        fault.round += 1


def _bury() -> None:
    """Close the connections that a handler held when its process died, as the system does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _state(scenario: Scenario, store: Store) -> Iterator[tuple[str, Counter[str]]]:
    connection = store.connection
    for (table,) in connection.execute(store.tables).fetchall():
        if not table.startswith("evbus_") and table not in scenario.ignore:
            yield table, _rows(connection, table, scenario.ignore)
    ends = "SELECT handler, status, reason FROM evbus_delivery WHERE status NOT IN ('done', 'dropped')"
    rows = connection.execute(ends).fetchall()
    yield "unfinished deliveries", Counter(f"{handler}: {status}, {reason}" for handler, status, reason in rows)
    told = scenario.state(connection)
    yield "state", Counter([] if told is None else [repr(told)])


def _rows(connection: Any, table: str, ignore: frozenset[str]) -> Counter[str]:
    quoted = table.replace('"', '""')
    cursor = connection.execute(f'SELECT * FROM "{quoted}"')
    names = [column[0] for column in cursor.description]
    kept = [i for i, name in enumerate(names) if name not in ignore and f"{table}.{name}" not in ignore]
    return Counter(", ".join(f"{names[i]}={row[i]!r}" for i in kept) for row in cursor)
