"""The pytest plugin: the fixture `chaos_bus`.

It is loaded into every run of pytest where evlint is installed, so it imports the bus when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from evlint.bus.chaos import Chaos

_SUMMARY = pytest.StashKey[list[str]]()
_SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `chaos_bus` is told on the command line."""
    group = parser.getgroup("chaos_bus", "handlers of evlint.bus under chaos")
    group.addoption("--chaos-bus-seed", type=int, metavar="N", help="repeat the runs of this seed")
    group.addoption("--chaos-bus-postgres", default="", metavar="URL", help="run there, in schemas of its own")
    group.addoption("--chaos-bus-findings", metavar="FILE", help="what `evlint check --format json` printed")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "chaos_bus(faults=('twice', 'late', 'shuffled', 'crash')): which faults `chaos_bus` tries"
    )


@pytest.fixture
def chaos_bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chaos]:
    """Prove with `chaos_bus.prove(bus, act=…)` that handlers stand duplicates, delays, disorder and crashes."""
    from evlint.bus.chaos import Chaos, suspicions

    config = request.config
    seed = config.stash.setdefault(_SEED, _seed(config))
    findings = config.getoption("chaos_bus_findings")
    suspects = suspicions(Path(findings)) if findings else ()
    chaos = Chaos(tmp_path, seed, suspects=suspects, server=config.getoption("chaos_bus_postgres"))
    marker = request.node.get_closest_marker("chaos_bus")
    if marker is not None and "faults" in marker.kwargs:
        chaos.faults = tuple(marker.kwargs["faults"])
    yield chaos
    lines = config.stash.setdefault(_SUMMARY, [])
    lines.append(f"{request.node.nodeid}: {chaos.runs} runs, seed {seed}")
    lines += [f"  {item.code} at {item.path}:{item.line} {verdict}" for item, verdict in chaos.verdicts]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how to repeat the runs, and what came of the linter's suspicions."""
    lines = terminalreporter.config.stash.get(_SUMMARY, [])
    if lines:
        terminalreporter.section("chaos_bus")
        for line in lines:
            terminalreporter.line(line)


def _seed(config: pytest.Config) -> int:
    import random

    given: int | None = config.getoption("chaos_bus_seed")
    return random.SystemRandom().randrange(1_000_000) if given is None else given
