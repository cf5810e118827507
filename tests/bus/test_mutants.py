"""The conformance suite notices when the engine breaks a promise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest

from tests.bus.mutants import MUTANTS, Mutant

Outcomes = dict[Mutant, "Future[subprocess.CompletedProcess[str]]"]
SOUND = Mutant("none", " or ".join(f"({m.cases})" for m in MUTANTS if m.store == "sqlite"), ())
EVERY = bool(os.environ.get("EVLINT_BUS_MUTANTS"))


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcomes]:
    """The runs of the suite on all mutants that were asked for, as many at a time as there are cores."""
    asked = [item.callspec.params.get("mutant") for item in request.session.items if hasattr(item, "callspec")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {m: pool.submit(run, m, root, tmp_path_factory.mktemp("mutant")) for m in asked if m is not None}


def run(mutant: Mutant, root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run its cases of the suite on a copy of the engine that is broken like that."""
    broken = folder / "evlint"
    shutil.copytree(root / "evlint/bus", broken / "bus", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "pytest_plugin.py"):
        shutil.copy(root / "evlint" / name, broken)
    for edit in mutant.edits:
        path = broken / "bus" / f"{edit.module}.py"
        text = path.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{edit.module}.py does not say once what this mutant breaks: {edit.old}"
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    suite = f"test_{mutant.store}_conformance.py"
    shutil.copy(root / "tests/bus" / suite, folder)
    shutil.copy(root / "tests/conftest.py", folder)
    options = ["-x", "-q", "-rs", "--tb=line", "-p", "no:cacheprovider", suite, "-k", mutant.cases]
    environment = {**os.environ, "PYTHONPATH": str(folder), "EVLINT_BUS_PATIENCE": "60" if mutant is SOUND else "3"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.mark.parametrize(
    "mutant", [*MUTANTS, SOUND] if EVERY else [m for m in MUTANTS if m.quick], ids=lambda mutant: mutant.name
)
def test_a_broken_engine_fails_the_suite(
    mutant: Mutant, outcomes: Outcomes, lacking: Callable[[str], NoReturn]
) -> None:
    outcome = outcomes[mutant].result()
    if "no PostgreSQL answers" in outcome.stdout:
        lacking("no PostgreSQL answers")
    if mutant is SOUND:
        assert outcome.returncode == 0, outcome.stdout
        return
    assert outcome.returncode == 1, f"nobody noticed:\n{outcome.stdout}{outcome.stderr}"
    assert "1 failed" in outcome.stdout, outcome.stdout
