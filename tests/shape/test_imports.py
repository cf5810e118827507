"""Nothing heavy is imported before it is needed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

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
CLI = pytest.mark.skipif(importlib.util.find_spec("evlint.cli") is None, reason="the command line does not exist yet")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import evlint", id="the package"),
        pytest.param("import evlint.model.facts, evlint.model.program", id="the model"),
        pytest.param(HELP, id="evlint --help", marks=CLI),
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    program = f"{code}\nimport sys; print(*sys.modules, file=sys.__stdout__)"
    run = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert HEAVY & set(run.stdout.split()) == set()
