"""The import contract in pyproject.toml holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def test_the_import_contract_is_kept(root: Path) -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is part of the dev extra"
    run = subprocess.run([command, "--no-cache"], cwd=root, check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
