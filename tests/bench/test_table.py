"""The table of the benchmark."""

from __future__ import annotations

from bench.measure import Measurement
from bench.table import Row, render

ROWS = [
    Row("evlint", "0.1.0", "cold", (Measurement(3.0, 120.4), Measurement(9.0, 80.0), Measurement(4.0, 90.0))),
    Row("evlint", "0.1.0", "warm", (Measurement(0.5, 70.0),)),
    Row("ruff", "1.2.3", "cold", (Measurement(2.0, 95.0),)),
    Row("ruff", "1.2.3", "warm", (Measurement(0.25, 40.0),)),
]


def test_each_run_is_held_against_the_same_run_of_the_reference() -> None:
    """The time is the median, the memory the maximum."""
    assert (
        render("shop 1.0", ROWS, "ruff")
        == """\
shop 1.0

| tool         | run  | seconds | / ruff | peak MB |
| ------------ | ---- | ------: | -----: | ------: |
| evlint 0.1.0 | cold |    4.00 |   2.00 |     120 |
| evlint 0.1.0 | warm |    0.50 |   2.00 |      70 |
| ruff 1.2.3   | cold |    2.00 |   1.00 |      95 |
| ruff 1.2.3   | warm |    0.25 |   1.00 |      40 |
"""
    )


def test_without_the_reference_there_is_no_ratio() -> None:
    assert "| evlint 0.1.0 | cold |    4.00 |      - |     120 |" in render("shop 1.0", ROWS[:1], "ruff")
