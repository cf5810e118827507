"""Real packages, pinned, unpacked and ready to be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile


class Package(NamedTuple):
    """A wheel of pure Python, and the folder in it that is read."""

    name: str
    version: str
    folder: str


PACKAGES = (
    Package("homeassistant", "2026.2.3", "homeassistant"),
    Package("apache-airflow-core", "3.3.2", "airflow"),
    Package("protean", "0.18.0", "protean"),
    Package("faststream", "0.7.8", "faststream"),
    Package("django-oscar", "4.2.1", "oscar"),
)
QUICK = ("django-oscar",)


class Corpus(NamedTuple):
    """A package on disk: `root` is what was in its wheel."""

    package: Package
    root: Path
    files: int
    lines: int

    @property
    def title(self) -> str:
        """What the table's heading says of it."""
        return f"{self.package.name} {self.package.version}: {self.files:,} files, {self.lines:,} lines"


def fetch(package: Package, cache: Path) -> Corpus:
    """Download and unpack `package` unless `cache` has it, and read all of it once, so that every tool finds it warm."""
    root = unpack(package.name, package.version, cache)
    texts = [path.read_bytes() for path in sorted((root / package.folder).rglob("*.py"))]
    return Corpus(package, root, len(texts), sum(text.count(b"\n") for text in texts))


def unpack(name: str, version: str, cache: Path) -> Path:
    """Download and unpack the wheel of a package unless `cache` has it; the folder that was in it."""
    root = cache / "packages" / f"{name}-{version}"
    if not root.exists():
        partial = root.with_suffix(".partial")
        with ZipFile(_download(name, version, cache / "wheels")) as wheel:
            wheel.extractall(partial)
        partial.rename(root)
    return root


def _download(name: str, version: str, folder: Path) -> Path:
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not any(folder.glob(pattern)):
        # The wheel is only read, so the Python that it asks for does not matter.
        only = ("--no-deps", "--only-binary=:all:", "--ignore-requires-python")
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
        subprocess.run([*pip, *only, "--dest", folder, f"{name}=={version}"], check=True)
    return next(folder.glob(pattern))
