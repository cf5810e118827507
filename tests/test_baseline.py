"""A baseline accepts what was there before, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evlint import baseline
from evlint.baseline import Entry
from evlint.model.errors import UsageError

Evlint = Callable[..., CompletedProcess[str]]
EVENT = """
from dataclasses import dataclass

@dataclass
class {name}:
    order_id: int

def place(publish):
    publish({name}(1))
"""


@pytest.fixture
def shop(tmp_path: Path, evlint: Evlint) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop.py").write_text(EVENT.format(name="OrderPlaced"))
    assert evlint("baseline", "create", "--no-cache", cwd=tmp_path).returncode == 0
    return tmp_path


def test_what_was_there_is_accepted_wherever_it_moves(shop: Path, evlint: Evlint) -> None:
    (shop / "shop.py").write_text("\n\n\n" + EVENT.format(name="OrderPlaced"))
    done = evlint("check", "--no-cache", cwd=shop)
    assert (done.returncode, done.stdout) == (0, "")
    assert "in the baseline" in done.stderr
    assert evlint("check", "--no-cache", "--no-baseline", cwd=shop).returncode == 1


def test_a_swap_is_seen(shop: Path, evlint: Evlint) -> None:
    (shop / "shop.py").write_text(EVENT.format(name="OrderShipped"))
    done = evlint("check", "--no-cache", cwd=shop)
    assert done.returncode == 1
    assert "OrderShipped" in done.stdout
    assert "OrderPlaced" in done.stderr


def test_what_is_mended_must_leave_the_baseline(shop: Path, evlint: Evlint) -> None:
    (shop / "shop.py").write_text("")
    assert evlint("check", "--no-cache", cwd=shop).returncode == 1
    assert evlint("check", "--no-cache", "--allow-stale-baseline", cwd=shop).returncode == 0
    assert evlint("baseline", "prune", "--no-cache", cwd=shop).returncode == 0
    assert evlint("check", "--no-cache", cwd=shop).returncode == 0
    assert (shop / ".evlint-baseline").read_text() == baseline.HEADER


def test_only_what_was_looked_at_is_stale(shop: Path, evlint: Evlint) -> None:
    (shop / "other.py").write_text("")
    assert evlint("check", "--no-cache", "other.py", cwd=shop).returncode == 0
    assert evlint("check", "--no-cache", "--select", "EVL3", cwd=shop).returncode == 0


def test_a_baseline_is_not_replaced_by_accident(shop: Path, evlint: Evlint) -> None:
    done = evlint("baseline", "create", "--no-cache", cwd=shop)
    assert done.returncode == 2
    assert "update" in done.stderr
    before = (shop / ".evlint-baseline").read_bytes()
    assert evlint("baseline", "update", "--no-cache", cwd=shop).returncode == 0
    assert (shop / ".evlint-baseline").read_bytes() == before


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "accepted"
    path.write_text("# a comment\n<<<<<<< HEAD\n")
    with pytest.raises(UsageError, match="accepted:2"):
        baseline.read(path)


TEXTS = st.text(st.characters(exclude_categories=()), max_size=12).filter(
    lambda text: (
        text == text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        if not any("\ud800" <= character <= "\udfff" for character in text)
        else False
    )
)


@given(st.lists(st.builds(Entry, TEXTS, st.just("EVL101"), TEXTS, st.just("0123456789abcdef"))))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, accepted: list[Entry]) -> None:
    path = tmp_path_factory.mktemp("baseline") / "accepted"
    path.write_text(baseline.dumps(accepted), encoding="utf-8", newline="\n")
    assert baseline.read(path) == tuple(sorted(set(accepted)))
