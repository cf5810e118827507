"""The version is said in one place, pyproject.toml, and everything else repeats it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import evlint


def test_the_package_states_the_version_that_is_installed() -> None:
    assert version("evlint") == evlint.__version__


def test_the_package_has_no_other_lazy_names() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        evlint.nonsense  # noqa: B018


def test_the_installed_version_is_that_of_the_checkout(root: Path) -> None:
    declared = re.search(r'^version = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared
    assert declared[1] == version("evlint")


def test_the_changelog_tells_of_the_version(root: Path) -> None:
    assert f"## {version('evlint')}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_command_line_prints_the_version(evlint: Callable[..., CompletedProcess[str]]) -> None:
    assert evlint("--version").stdout == f"evlint {version('evlint')}\n"
