"""Checking files while the run goes on with others."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from evlint import background
from evlint.background import Checks
from evlint.workers import FEW, Result, Task, perform

MANY = FEW + 3 * background.BATCH


def tasks(folder: Path, count: int, broken: tuple[int, ...]) -> list[Task]:
    made = []
    for number in range(count):
        path = folder / f"m{number}.py"
        path.write_text("def f(:\n" if number in broken else f"def f{number}(): ...\n", encoding="utf-8")
        made.append(Task(str(path), None, "check"))
    return made


def failed(checks: Checks) -> list[str]:
    return sorted(Path(result.path).name for result in checks.failures())


@pytest.mark.parametrize("count", [0, FEW, MANY])
def test_only_what_failed_is_told(tmp_path: Path, count: int) -> None:
    broken = tuple(number for number in (3, count - 1) if 0 <= number < count)
    assert failed(Checks(tasks(tmp_path, count, broken), 2)) == sorted(f"m{number}.py" for number in broken)


def test_many_failures_do_not_block(tmp_path: Path) -> None:
    assert len(failed(Checks(tasks(tmp_path, MANY, tuple(range(MANY))), 2))) == MANY


def test_the_death_of_the_process_loses_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()

    def deadly(task: Task) -> Result:
        if task.path.endswith(f"m{background.BATCH + 5}.py") and os.getpid() != parent:
            os._exit(11)
        return perform(task)

    monkeypatch.setattr("evlint.background.perform", deadly)
    assert failed(Checks(tasks(tmp_path, MANY, (1, MANY - 2)), 2)) == ["m1.py", f"m{MANY - 2}.py"]


def test_a_process_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def slow(task: Task) -> Result:
        if task.path.endswith("m1.py"):
            time.sleep(60)
        return perform(task)

    monkeypatch.setattr("evlint.background.perform", slow)
    monkeypatch.setattr(background, "SECONDS_PER_FILE", 0.5)
    assert failed(Checks(tasks(tmp_path, MANY, (2,)), 2)) == ["m2.py"]
