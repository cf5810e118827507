"""Nothing heavy is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"libcst", "networkx", "rich", "multiprocessing", "importlib.metadata"}
HELP = """
import runpy, sys
sys.argv = ["evlint", "--help"]
sys.stdout = sys.stderr
try:
    runpy.run_module("evlint", run_name="__main__")
except SystemExit as end:
    assert not end.code
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import evlint", id="the package"),
        pytest.param("import evlint.model.facts, evlint.model.program", id="the model"),
        pytest.param(HELP, id="evlint --help"),
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    program = f"{code}\nimport sys; print(*sys.modules, file=sys.__stdout__)"
    run = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert HEAVY & set(run.stdout.split()) == set()


def test_a_warm_run_parses_nothing_and_draws_nothing(root: Path, tmp_path: Path) -> None:
    """What it prints comes out of the cache, so the parser, the graph and the renderer stay on the shelf."""
    arguments = ["evlint", "check", "--quiet", "--cache-dir", str(tmp_path), "fixtures/payments/bad"]
    program = (
        f"import sys; sys.argv = {arguments}; from evlint.cli import main; main()\nprint(*sys.modules, file=sys.stderr)"
    )
    for _ in ("cold", "warm"):
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=root, check=True, capture_output=True, encoding="utf-8"
        )
    assert {"libcst", "networkx", "rich"} & set(run.stderr.split()) == set()
