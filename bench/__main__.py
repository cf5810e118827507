"""Download pinned packages, run evlint and its peers on them in one go, and print the ratios.

`python -m bench` takes all packages, `--quick` the smallest. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.table import Row, table


class Package(NamedTuple):
    """A pinned distribution; `python` is the version whose wheel is taken."""

    name: str
    version: str
    python: str


PACKAGES = (
    Package("django-oscar", "3.2.6", "3.11"),
    Package("celery", "5.4.0", "3.11"),
    Package("homeassistant", "2026.2.3", "3.14"),
)
SEMGREP = """
rules:
  - {id: publish, languages: [python], severity: INFO, message: m, pattern: $X.publish(...)}
  - {id: connect, languages: [python], severity: INFO, message: m, pattern: $X.connect(...)}
"""


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest package only")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each command")
    parser.add_argument("--cache", type=Path, default=Path(".bench_cache"), help="where packages are kept")
    arguments = parser.parse_args()
    for package in PACKAGES[:1] if arguments.quick else PACKAGES:
        folder = unpacked(package, arguments.cache)
        print(f"\n{package.name} {package.version}: {describe(folder)}", flush=True)
        print(table(measure(folder, arguments.runs)), flush=True)
    return 0


def unpacked(package: Package, cache: Path) -> Path:
    """The files of a package, downloaded once."""
    folder = cache / f"{package.name}-{package.version}"
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory() as download:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", package.python, "-d", download, f"{package.name}=={package.version}"]
        subprocess.run(command, check=True)
        for wheel in Path(download).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
    return folder


def describe(folder: Path) -> str:
    """How much Python there is."""
    files = list(folder.rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    return f"{len(files):,} files, {lines:,} lines"


def measure(folder: Path, runs: int) -> list[Row]:
    """Time every command; evlint's cold runs start without a cache, its warm ones with that of the run before."""
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(temporary) / "evlint"
        evlint = [sys.executable, "-m", "evlint", "check", str(folder), "-q", "--exit-zero", "--isolated"]
        evlint += ["--cache-dir", str(cache)]
        rows = [timed("evlint, cold", evlint, runs, fresh=cache), timed("evlint, warm", evlint, runs)]
        for name, command in peers(folder, Path(temporary)).items():
            if shutil.which(command[0]):
                rows.append(timed(name, command, runs))
    return rows


def peers(folder: Path, temporary: Path) -> dict[str, list[str]]:
    """The commands to compare with."""
    patterns = temporary / "patterns.yaml"
    patterns.write_text(SEMGREP, encoding="utf-8")
    return {
        "ruff, cold": ["ruff", "check", "--isolated", "--no-cache", "-q", "--exit-zero", str(folder)],
        "flake8": ["flake8", "--isolated", "-q", "--exit-zero", str(folder)],
        "semgrep, two patterns": ["semgrep", "scan", "--metrics=off", "-q", "--config", str(patterns), str(folder)],
        "fixit": ["fixit", "lint", str(folder)],
    }


def timed(name: str, command: Sequence[str], runs: int, fresh: Path | None = None) -> Row:
    """The median time of a command, and the peak memory of its largest process."""
    seconds = []
    for _ in range(runs):
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
        started = time.perf_counter()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return Row(name, statistics.median(seconds), peak(command))


def peak(command: Sequence[str]) -> float:
    """The megabytes that the largest process of one more run holds at its peak."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        os.write(writer, str(kilobytes).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        told = stream.read()
    os.waitpid(child, 0)
    return int(told) / 1000


if __name__ == "__main__":
    raise SystemExit(main())
