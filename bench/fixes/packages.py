"""Source distributions, pinned, whose events have something to fix, and how the tests of each are run."""

from __future__ import annotations

from typing import NamedTuple


class Package(NamedTuple):
    """`extras` are installed with it for the tests; without `tests`, none are run."""

    name: str
    version: str
    extras: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


PACKAGES = (
    Package("ascetic-ddd", "0.1.7"),
    Package("autogen-core", "0.7.5", ("opentelemetry-sdk", "pytest-asyncio", "pytest-mock"), ("tests",)),
    Package("dispytch", "0.11.0", ("pytest-asyncio", "pytest-mock"), ("tests/unit",)),
    Package("event-forge", "1.5.0", ("aiosqlite", "pytest-asyncio"), ("tests",)),
    Package("eventsourcing", "9.5.6"),
    Package("eventspype", "1.4.2", ("pytest-asyncio",), ("tests/pub", "tests/sub")),
    Package("evsrc", "4.2.0", ("pytest-asyncio",), ("tests",)),
    Package("fractal-events", "1.1.0", ("pytest-asyncio", "pytest-mock"), ("tests",)),
    Package("griptape", "1.13.0"),
    Package("langgraph-events", "0.41.0"),
)
QUICK = ("evsrc",)
