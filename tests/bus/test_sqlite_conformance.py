"""The embedded default holds the contract of the bus."""

from __future__ import annotations

import os
from pathlib import Path

from evlint.bus.conformance import BusContract, Features


class TestSqlite(BusContract):
    features = Features(several_processes=True, one_file=True)
    torture_seconds = float(os.environ.get("EVLINT_BUS_TORTURE", "4"))
    generations = 20 if os.environ.get("EVLINT_BUS_LONG") else 6

    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/bus.db"
