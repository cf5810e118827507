"""The conformance suite: what any store of the bus must hold, as tests that anyone can run.

    class TestMyStore(BusContract):
        features = Features(several_processes=True)

        def url(self, tmp_path): return f"sqlite:///{tmp_path}/bus.db"

Needs pytest. Cases bear the numbers of `docs/bus.md`; those about what `features` does not promise are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evlint.bus.conformance.bench import Bench, Features
from evlint.bus.conformance.crashing import Crashing
from evlint.bus.conformance.delivering import Delivering
from evlint.bus.conformance.enduring import Enduring
from evlint.bus.conformance.failing import Failing
from evlint.bus.conformance.ordering import Ordering
from evlint.bus.conformance.repeating import Repeating

__all__ = ["Bench", "BusContract", "Features"]


class BusContract(Delivering, Repeating, Ordering, Failing, Crashing, Enduring):
    """Subclass it, say where a fresh database is, and declare what it promises."""

    features = Features()

    def url(self, tmp_path: Path) -> str:
        """Name a database without any table of the bus or of a bench in it."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        """One fresh database."""
        bench = Bench(self.url(tmp_path))
        yield bench
        bench.close()

    @pytest.fixture
    def several_processes(self) -> None:
        """Skip a case unless several processes may share the database."""
        if not self.features.several_processes:
            pytest.skip("several processes are not promised")

    @pytest.fixture
    def held_transactions(self) -> None:
        """Skip a case unless several transactions may write at the same time."""
        if not self.features.held_transactions:
            pytest.skip("several transactions that write at the same time are not promised")
