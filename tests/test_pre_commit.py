"""The real pre-commit installs the hook of this checkout, and runs it on a repository."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree, ignore_patterns, which
from subprocess import CompletedProcess

import pytest

pytestmark = [
    pytest.mark.skipif(find_spec("pre_commit") is None, reason="pre-commit is not installed"),
    pytest.mark.skipif(which("git") is None, reason="git is not installed"),
]

# What pip says where no package can be had.
OFFLINE = ("No matching distribution found", "Could not find a version", "Failed to establish a new connection")
PIECES = ("evlint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
CONFIG = """\
repos:
- repo: {repository}
  rev: {revision}
  hooks:
  - id: evlint
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def committed(folder: Path) -> str:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "start")
    return git(folder, "rev-parse", "HEAD")


class Shop:
    """A repository with the hook installed, in an environment that pre-commit made."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}

    def run(self, *arguments: str) -> CompletedProcess[str]:
        return self._run(sys.executable, "-m", "pre_commit", *arguments)

    def commit(self) -> CompletedProcess[str]:
        git(self.folder, "add", ".")
        return self._run("git", "-c", "user.name=a", "-c", "user.email=a@b.org", "commit", "-m", "work")

    def _run(self, *command: str) -> CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=600,
        )


@pytest.fixture(scope="module")
def shop(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    hook = tmp_path_factory.mktemp("hook")
    for piece in PIECES:
        source = root / piece
        if source.is_dir():
            copytree(source, hook / piece, ignore=ignore_patterns("__pycache__"))
        else:
            (hook / piece).write_bytes(source.read_bytes())
    revision = committed(hook)
    folder = tmp_path_factory.mktemp("shop")
    copytree(root / "fixtures/payments/good", folder, dirs_exist_ok=True)
    (folder / ".pre-commit-config.yaml").write_text(CONFIG.format(repository=hook, revision=revision), encoding="utf-8")
    committed(folder)
    shop = Shop(folder, tmp_path_factory.mktemp("home"))
    installed = shop.run("install", "--install-hooks")
    if any(sign in installed.stdout for sign in OFFLINE):
        pytest.skip("pip finds no packages to make an environment of")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return shop


def test_a_good_repository_passes(shop: Shop) -> None:
    done = shop.run("run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert "evlint" in done.stdout
    assert "Passed" in done.stdout


def test_a_commit_that_breaks_the_guideline_is_refused(shop: Shop) -> None:
    """The change is in one file, what it does to the program shows in another, and both are told once."""
    path = shop.folder / "payments" / "events.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("frozen=True", "frozen=False"), encoding="utf-8")
    done = shop.commit()
    assert done.returncode == 1
    assert "payments/events.py" in done.stderr
    assert done.stderr.count("EVL102 event `PaymentCaptured`") == 1
    path.write_text(before, encoding="utf-8")
    git(shop.folder, "reset", "-q")


def test_a_commit_without_python_is_let_through(shop: Shop) -> None:
    (shop.folder / "notes.txt").write_text("x", encoding="utf-8")
    done = shop.commit()
    assert done.returncode == 0, done.stderr
    assert "Skipped" in done.stderr


def test_a_changed_configuration_is_reason_enough(shop: Shop) -> None:
    (shop.folder / "evlint.toml").write_text("selct = []", encoding="utf-8")
    done = shop.commit()
    assert done.returncode == 1
    assert "unknown key `selct`" in done.stderr
    (shop.folder / "evlint.toml").unlink()
    git(shop.folder, "reset", "-q")
