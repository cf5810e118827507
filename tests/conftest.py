"""What tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest

ROOT = Path(__file__).parent.parent
POSTGRES = os.environ.get("EVLINT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
COMMAND = [sys.executable, "-m", "evlint"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def evlint() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line as users do, in a process of its own."""

    def run(
        *arguments: str | Path,
        cwd: Path = ROOT,
        prefix: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        command = [*prefix, *COMMAND, *map(str, arguments)]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **(env or {})}
        return subprocess.run(
            command, cwd=cwd, env=environment, check=False, capture_output=True, encoding="utf-8", timeout=300
        )

    return run


@pytest.fixture(scope="session")
def lacking() -> Callable[[str], NoReturn]:
    """Skip a test for want of a program or server, unless all tests are demanded."""

    def skip(what: str) -> NoReturn:
        if os.environ.get("EVLINT_TEST_ALL"):
            pytest.fail(f"{what}, and EVLINT_TEST_ALL demands every test")
        pytest.skip(what)

    return skip


@pytest.fixture
def postgres_schema(lacking: Callable[[str], NoReturn]) -> Iterator[str]:
    """The address of a PostgreSQL schema of the test's own."""
    import psycopg

    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        lacking(f"no PostgreSQL answers at {POSTGRES} (EVLINT_TEST_POSTGRES names another): {error}")
    name = f"evlint_{uuid4().hex}"
    with server:
        server.execute(f"CREATE SCHEMA {name}".encode())
        yield f"{POSTGRES}?options=-csearch_path%3D{name}"
        server.execute(f"DROP SCHEMA {name} CASCADE".encode())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the golden files by what is printed now")
