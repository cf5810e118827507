"""The made-up program of the benchmarks."""

from __future__ import annotations

from pathlib import Path

from bench.generated import generate
from evlint.app import analyse_sources


def test_it_has_the_size_that_is_asked_for_and_a_flow(tmp_path: Path) -> None:
    root = tmp_path / "program"
    files = generate(root, 30)
    found = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    assert 30 <= files == len(found)
    program = analyse_sources(found)
    assert len(program.events) == len(program.publications) == len(program.subscriptions) == 12
    assert program.unresolved == ()
