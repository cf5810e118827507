"""What evlint makes of a program that it sees for the first time, and what it would have to be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch

import msgspec

from evlint import app
from evlint.app import Linked, Request
from evlint.link import Candidate
from evlint.model.bus import Bus
from evlint.model.dialect import Dialect
from evlint.model.program import Program, Publication, Subscription, Unresolved
from evlint.model.source import Location
from evlint.words.identifiers import split

# What no dialect file describes, by the dialect that facts state.
LABELS = {
    "shape": "{}, a bus proved by what it stores and calls",
    "table": "{}, a table of handlers",
    "spoken": "what is named like a bus and is given an event",
    "injected": "a function that was handed over to publish",
    "recorded": "buffers of recorded events",
    "subscriber": "handlers that say themselves what they take",
    "multibind": "a container that binds handlers",
}
TESTS = ("tests/*", "test/*", "*/tests/*", "*/test/*", "test_*.py", "*/test_*.py", "*_test.py")


class Recognised(msgspec.Struct, frozen=True):
    """What was found through one dialect, and where it says so first."""

    title: str
    publications: tuple[Location, ...]
    subscriptions: tuple[Location, ...]


class Undeclared(msgspec.Struct, frozen=True):
    """A bus that the program seems to have, and what declaring it under `name` would add to the flow."""

    name: str
    bus: Bus
    location: Location | None
    calls: tuple[Location, ...]
    publications: int
    subscriptions: int


class Survey(msgspec.Struct, frozen=True):
    """What is there. `off` are the dialects, as (id, title), that are off and whose framework is imported.

    `tests` counts the publications and subscriptions in tests.
    """

    program: Program
    recognised: tuple[Recognised, ...]
    undeclared: tuple[Undeclared, ...]
    unresolved: tuple[Unresolved, ...]
    off: tuple[tuple[str, str], ...]
    tests: int


def survey(request: Request) -> Survey:
    """Look at the files of the request, and try what declaring its likely buses would bring."""
    linked = app.link(msgspec.structs.replace(request, widely=True))
    program = linked.program
    paths = [item.location.path for item in program.publications]
    paths += [item.location.path for item in program.subscriptions]
    return Survey(
        program=program,
        recognised=tuple(_recognised(linked)),
        undeclared=tuple(_undeclared(request, linked)),
        unresolved=program.unresolved,
        off=tuple((item.id, item.dialect.title) for item in linked.linker.dialects if _is_worth_switching_on(item)),
        tests=sum(map(_is_test, paths)),
    )


def _is_worth_switching_on(dialect: Dialect) -> bool:
    """Some dialects are off because they only say how what others know is treated."""
    return not dialect.is_on and any(rule.act in ("publish", "subscribe") for rule in dialect.rule)


def _is_test(path: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in TESTS)


def _recognised(linked: Linked) -> Iterator[Recognised]:
    """What each dialect found, the most telling first."""
    titles = {dialect.id: dialect.dialect.title for dialect in linked.dialects}
    published, subscribed = _by_dialect(linked.program.publications), _by_dialect(linked.program.subscriptions)
    found = [
        Recognised(_label(name, titles), published.get(name, ()), subscribed.get(name, ()))
        for name in {**published, **subscribed}
    ]
    yield from sorted(found, key=lambda item: (-len(item.publications) - len(item.subscriptions), item.title))


def _by_dialect(items: Iterable[Publication | Subscription]) -> dict[str, tuple[Location, ...]]:
    found: dict[str, list[Location]] = {}
    for item in items:
        found.setdefault(item.dialect, []).append(item.location)
    return {name: tuple(places) for name, places in found.items()}


def _label(dialect: str, titles: Mapping[str, str]) -> str:
    kind, _, name = dialect.partition(":")
    return LABELS[kind].format(name) if kind in LABELS else titles.get(dialect, dialect)


def _undeclared(request: Request, linked: Linked) -> Iterator[Undeclared]:
    """The candidates that add to the flow once they are declared."""
    candidates = linked.linker.candidates(linked.read, linked.program)
    if not candidates:
        return
    taken = {dialect.id for dialect in linked.dialects}
    named: dict[str, Candidate] = {}
    for candidate in candidates:
        named[_name(candidate.bus.of, {*taken, *named})] = candidate
    declared = {**request.config.bus, **{name: candidate.bus for name, candidate in named.items()}}
    config = msgspec.structs.replace(request.config, bus=declared)
    then = app.link(msgspec.structs.replace(request, config=config, widely=True)).program
    published, subscribed = _by_dialect(then.publications), _by_dialect(then.subscriptions)
    for name, candidate in named.items():
        gains = len(published.get(name, ())), len(subscribed.get(name, ()))
        if _is_sound(candidate.bus, *gains):
            yield Undeclared(name, candidate.bus, candidate.location, candidate.calls, *gains)


def _is_sound(bus: Bus, publications: int, subscriptions: int) -> bool:
    """A declaration that makes sense of only one side of what it names is most likely wrong about both."""
    sides = ((bus.publish, publications), (bus.subscribe, subscriptions))
    return any(gain for _, gain in sides) and all(gain for methods, gain in sides if methods)


def _name(dotted: str, taken: Iterable[str]) -> str:
    """A short name for a bus, which no dialect has."""
    last = dotted.rpartition(".")[2]
    name = "_".join(word.lower() for word in split(last)) or last.lower()
    known = set(taken)
    for number in range(2, len(known) + 3):
        if name not in known:
            break
        name = f"{name.rstrip('0123456789')}{number}"
    return name
