"""Source distributions on disk, and what fixes do to them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

EVLINT = (sys.executable, "-m", "evlint", "check", "--isolated", "--no-cache", "--no-respect-gitignore")
TOLD = re.compile(r"^(\d+) findings? fixed in", re.MULTILINE)


class Outcome(NamedTuple):
    """How many findings were fixed, which files changed and which of them do not compile; and whether that was all."""

    fixed: int
    changed: tuple[str, ...]
    broken: tuple[str, ...]
    is_stable: bool


def unpack(name: str, version: str, root: Path, cache: Path) -> None:
    """Put the package at `root` as it was published, over whatever is there."""
    archive = _download(name, version, cache / "sdists")
    shutil.rmtree(root, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(root, filter="data")
    (inner,) = root.iterdir()
    for item in inner.iterdir():
        item.rename(root / item.name)
    inner.rmdir()


def fix(root: Path, *, unsafe: bool) -> Outcome:
    """Fix all that can be fixed below `root`, twice."""
    before = _texts(root)
    fixed = _fix(root, unsafe=unsafe)
    after = _texts(root)
    changed = tuple(sorted(path for path in before if before[path] != after[path]))
    broken = tuple(path for path in changed if not _compiles(after[path]))
    again = _fix(root, unsafe=unsafe)
    return Outcome(fixed, changed, broken, again == 0 and _texts(root) == after)


def _fix(root: Path, *, unsafe: bool) -> int:
    command = [*EVLINT, "--select", "ALL", "--fix", *(["--unsafe-fixes"] if unsafe else []), "."]
    run = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    told = TOLD.search(run.stderr)
    if run.returncode not in (0, 1) or told is None:
        raise RuntimeError(f"evlint failed in {root}: {run.stderr.strip()}")
    return int(told[1])


def _texts(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*.py") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def _compiles(text: bytes) -> bool:
    try:
        compile(text, "fixed", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _download(name: str, version: str, folder: Path) -> Path:
    pattern = f"{name.replace('-', '_')}-{version}.tar.gz"
    if not any(folder.glob(pattern)):
        only = ("--no-deps", "--no-binary", name, "--ignore-requires-python")
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
        subprocess.run([*pip, *only, "--dest", folder, f"{name}=={version}"], check=True)
    return next(folder.glob(pattern))
