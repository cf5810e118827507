"""The bench of fixes: what it says of a program that it fixes."""

from __future__ import annotations

from pathlib import Path

from bench.fixes.packages import PACKAGES, QUICK
from bench.fixes.sources import fix
from tests.fix.operating import BUS, sent

EVENTS = "from dataclasses import dataclass\n\n\n@dataclass\nclass OrderPlaced:\n    id: int\n"


def test_it_tells_what_was_fixed_and_that_once_was_enough(tmp_path: Path) -> None:
    for name, text in {"bus.py": BUS, "events.py": EVENTS, "orders.py": sent("OrderPlaced")}.items():
        (tmp_path / name).write_text(text)
    outcome = fix(tmp_path, unsafe=False)
    assert (outcome.fixed, outcome.changed, outcome.broken, outcome.is_stable) == (1, ("events.py",), (), True)


def test_each_package_is_named_once() -> None:
    names = [package.name for package in PACKAGES]
    assert len(names) == len({*names})
    assert {*QUICK} <= {*names}
