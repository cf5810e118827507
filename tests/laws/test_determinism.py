"""However a program is analysed, the output is the same, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Evlint = Callable[..., CompletedProcess[str]]

FIXTURES = Path(__file__).parents[2] / "fixtures"
SERVICES = [path.relative_to(FIXTURES.parent).as_posix() for path in sorted(FIXTURES.glob("*/*")) if path.is_dir()]
# How facts are kept does not depend on the framework that they are of.
KEPT = ["fixtures", *(service for service in SERVICES if service.startswith("fixtures/payments/"))]
OUTPUTS = [
    pytest.param(["check", "--format", "json"], id="findings"),
    pytest.param(["graph", "--format", "json"], id="graph"),
]


def printed(run: CompletedProcess[str]) -> str:
    """What a run that went well printed."""
    assert run.returncode in {0, 1}, run.stderr
    assert run.stdout
    return run.stdout


@pytest.mark.parametrize("command", OUTPUTS)
def test_two_processes_print_what_one_prints(evlint: Evlint, command: list[str]) -> None:
    """All fixtures at once, since few files are not worth a second process."""
    one = printed(evlint(*command, "--no-cache", "-j1", "fixtures"))
    assert one == printed(evlint(*command, "--no-cache", "-j2", "fixtures"))


@pytest.mark.parametrize("service", KEPT)
@pytest.mark.parametrize("command", OUTPUTS)
def test_a_warm_run_prints_what_a_cold_one_prints(
    evlint: Evlint, command: list[str], service: str, tmp_path: Path
) -> None:
    cache = ("--cache-dir", tmp_path / "cache")
    uncached = printed(evlint(*command, "--no-cache", service))
    assert uncached == printed(evlint(*command, *cache, service))
    assert uncached == printed(evlint(*command, *cache, service))


@pytest.mark.parametrize("command", OUTPUTS)
def test_the_order_of_paths_does_not_matter(evlint: Evlint, command: list[str]) -> None:
    forwards, backwards = (printed(evlint(*command, "--no-cache", *order)) for order in (SERVICES, SERVICES[::-1]))
    assert forwards == backwards


def test_the_hash_seed_does_not_matter(evlint: Evlint) -> None:
    first, second = (
        printed(evlint("graph", "--format", "json", "--no-cache", "fixtures", env={"PYTHONHASHSEED": seed}))
        for seed in ("1", "2")
    )
    assert first == second
