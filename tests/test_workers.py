"""Parsing in processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evlint import workers
from evlint.workers import FEW, Result, Task, run


def tasks(folder: Path, count: int) -> list[Task]:
    made = []
    for number in range(count):
        path = folder / f"m{number}.py"
        path.write_text(f"def f{number}(): return g({number})\n", encoding="utf-8")
        made.append(Task(str(path), None, "extract"))
    return made


def by_path(results: list[Result]) -> dict[str, Result]:
    return {result.path: result for result in results}


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_each_task_has_one_result_whatever_the_number_of_processes(tmp_path: Path, jobs: int) -> None:
    given = tasks(tmp_path, FEW + 20)
    assert by_path(list(run(given, jobs))) == by_path([workers.perform(task) for task in given])


def test_a_file_that_is_gone_is_a_failure_of_its_own(tmp_path: Path) -> None:
    given = [*tasks(tmp_path, FEW + 5), Task(str(tmp_path / "gone.py"), None, "extract")]
    results = by_path(list(run(given, 2)))
    assert [path for path, result in results.items() if result.failure] == [str(tmp_path / "gone.py")]


def test_the_death_of_a_process_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perform = workers.perform

    def deadly(task: Task, admits: workers.Screening | None = None) -> Result:
        if task.path.endswith("m3.py"):
            os._exit(11)
        return perform(task, admits)

    monkeypatch.setattr(workers, "perform", deadly)
    results = by_path(list(run(tasks(tmp_path, FEW + 20), 2)))
    assert len(results) == FEW + 20
    assert [Path(path).name for path, result in results.items() if result.failure] == ["m3.py"]


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perform = workers.perform

    def slow(task: Task, admits: workers.Screening | None = None) -> Result:
        if task.path.endswith("m3.py"):
            import time

            time.sleep(60)
        return perform(task, admits)

    monkeypatch.setattr(workers, "perform", slow)
    monkeypatch.setattr(workers, "SECONDS_PER_FILE", 1.0)
    results = by_path(list(run(tasks(tmp_path, FEW + 20), 2)))
    assert [Path(path).name for path, result in results.items() if result.failure] == ["m3.py"]
