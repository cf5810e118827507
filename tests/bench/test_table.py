"""How the figures of a bench are shown."""

from bench.table import Row, table


def test_ratios_are_to_ruff() -> None:
    rows = [Row("evlint, cold", 4.0, 200.0), Row("ruff, cold", 0.5, 50.0)]
    assert [line.split()[-2] for line in table(rows).splitlines()[1:]] == ["8.0", "1.0"]


def test_without_ruff_ratios_are_to_the_fastest() -> None:
    rows = [Row("evlint, cold", 4.0, 200.0), Row("evlint, warm", 1.0, 80.0)]
    assert [line.split()[-2] for line in table(rows).splitlines()[1:]] == ["4.0", "1.0"]
