"""The wheel is the product: it holds the rules, and works where there is no checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    run = subprocess.run(build, cwd=root, check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    return next(folder.glob("evlint-*.whl"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as an installation lays them out."""
    folder = tmp_path_factory.mktemp("site-packages")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_every_module(root: Path, unpacked: Path) -> None:
    assert files(root / "evlint") - files(unpacked / "evlint") == set()


def test_the_wheel_holds_every_rule_and_dialect(root: Path, unpacked: Path) -> None:
    assert files(root / "rules") == files(unpacked / "evlint" / "_rules")


def test_the_wheel_holds_nothing_else(unpacked: Path) -> None:
    assert {re.sub(r"-.*\.", ".", path.name) for path in unpacked.iterdir()} == {"evlint", "evlint.dist-info"}


def test_the_wheel_finds_its_rules_without_the_checkout(root: Path, unpacked: Path, tmp_path: Path) -> None:
    """The unpacked wheel stands before the checkout on the path."""
    listed = [
        subprocess.run(
            [sys.executable, "-m", "evlint", "rules"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(folder)},
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout
        for folder in (unpacked, root)
    ]
    assert "EVL001" in listed[0]
    assert listed[0] == listed[1]


def files(folder: Path) -> set[str]:
    """What a package consists of: modules, pages, dialects, markers."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}
