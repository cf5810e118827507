"""Runs a scenario with every fault for every handler, and tells which handler's effects differ, and how."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evlint.bus.bus import Bus
from evlint.bus.chaos.faults import Again, Crashed, Fault, Late, Shuffled, Twice
from evlint.bus.chaos.runs import Part, Scenario, State, is_engine, run
from evlint.bus.chaos.suspicions import Suspicion

FAULTS = ("twice", "late", "shuffled", "crash", "again")
DEFAULT = FAULTS[:-1]
MAX_CRASHES = 50
ORDERS = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A handler that a fault makes do something else: what was lacking then, and what was there too much."""

    handler: str
    fault: str
    happened: str
    lines: tuple[str, ...]


@dataclass
class Chaos:
    """Proves that what the handlers of a bus bring about does not depend on how events come.

    Args:
        folder: for databases, one for each run.
        seed: picks the orders in which events are shuffled; the same seed makes the same runs.
        faults: which to try: `twice`, `late`, `shuffled` and `crash` are what this bus may let happen;
            `again` is what it never lets happen to a handler with `tx`, and other buses do.
        suspects: what the linter suspects; these handlers come first.
        server: the URL of a PostgreSQL database, to run there, in schemas of its own, instead of in files.
    """

    folder: Path
    seed: int
    faults: Sequence[str] = DEFAULT
    suspects: Sequence[Suspicion] = ()
    server: str = ""
    verdicts: list[tuple[Suspicion, str]] = field(default_factory=list)
    runs: int = 0

    def prove(
        self,
        bus: Bus,
        *,
        act: Part,
        prepare: Part = lambda _: None,
        state: Part = lambda _: None,
        ignore: Iterable[str] = (),
    ) -> None:
        """Run a scenario with every fault for every handler of `bus`.

        Each run has a SQLite file or a schema of PostgreSQL of its own, on which the bus works meanwhile; each part is
        given a connection to it.

        Args:
            bus: whose handlers.
            act: does what publishes events, with `bus.publish(connection, …)`; committed afterwards.
            prepare: makes the tables of the application, and resets what is kept elsewhere.
            state: returns what was brought about outside of the tables, such as letters sent.
            ignore: tables and columns that may differ: `table`, `table.column` or `column`.

        Raises:
            AssertionError: a handler brought about something else, or two runs differ without any fault.
        """
        unknown = set(self.faults) - set(FAULTS)
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
        scenario = Scenario(bus, prepare, act, state, frozenset(ignore))
        calm = Fault()
        expected = self._run(scenario, calm)
        if lines := differing(expected, self._run(scenario, Fault())):
            told = "".join(f"\n    {line}" for line in lines)
            raise AssertionError(f"two runs differ without any fault; let `ignore` name what may:{told}")
        found = [
            difference for handler in self._in_order(bus) for difference in self._try(scenario, handler, calm, expected)
        ]
        self._judge(bus, calm, found)
        if found:
            raise AssertionError(f"chaos_bus, seed {self.seed}:" + "".join(map(_told, found)))

    def _in_order(self, bus: Bus) -> list[str]:
        own = [found for found in bus.subscriptions.values() if not is_engine(found.function)]
        return [s.id for s in sorted(own, key=lambda s: not any(x.concerns(s.function) for x in self.suspects))]

    def _try(self, scenario: Scenario, handler: str, calm: Fault, expected: State) -> Iterator[Difference]:
        for name in self.faults:
            for fault in self._faults(name, handler, calm):
                if lines := differing(expected, self._run(scenario, fault)):
                    yield Difference(handler, name, fault.name, lines)
                    break

    def _faults(self, name: str, handler: str, calm: Fault) -> Iterator[Fault]:
        count = len(calm.seen.get(handler, ()))
        if not count:
            return
        if name == "twice":
            yield Twice(handler)
        elif name == "late":
            yield Late(handler)
        elif name == "again":
            yield Again(handler)
        elif name == "shuffled" and count > 1:
            picks = random.Random(f"{self.seed} {handler}")  # noqa: S311 - to be repeated, not to be secret
            yield Shuffled(handler, range(count)[::-1])
            for _ in range(ORDERS - 1):
                yield Shuffled(handler, picks.sample(range(count), count))
        elif name == "crash":
            for number, step, line in list(_places(calm.steps[handler]))[:MAX_CRASHES]:
                yield Crashed(handler, number, step, line)

    def _run(self, scenario: Scenario, fault: Fault) -> State:
        self.runs += 1
        return run(scenario, fault, self.folder / f"chaos-{self.runs}.db", self.server)

    def _judge(self, bus: Bus, calm: Fault, found: Sequence[Difference]) -> None:
        """Say of each suspicion against a handler of this bus what came of it."""
        for suspicion in self.suspects:
            for id_, subscription in bus.subscriptions.items():
                if suspicion.concerns(subscription.function):
                    seen = len(calm.seen.get(id_, ()))
                    self.verdicts.append((suspicion, suspicion.verdict(id_, seen, self.faults, found)))


def _places(deliveries: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    """For each line that a handler runs: in which delivery, as which step, which line."""
    known = set()
    for number, lines in enumerate(deliveries):
        for step, line in enumerate(lines, 1):
            if line not in known:
                known.add(line)
                yield number, step, line


def differing(expected: State, found: State) -> tuple[str, ...]:
    """What is lacking (`-`) and what is there too much (`+`), a line each."""
    lines = []
    for part in sorted(expected.keys() | found.keys()):
        before, after = expected.get(part, Counter()), found.get(part, Counter())
        for sign, rest in (("-", before - after), ("+", after - before)):
            lines += [f"{sign} {part}: {row}" for row in sorted(rest.elements())]
    return tuple(lines)


def _told(difference: Difference) -> str:
    lines = "".join(f"\n    {line}" for line in difference.lines)
    return f"\n  {difference.handler} brings about something else when {difference.happened}:{lines}"
