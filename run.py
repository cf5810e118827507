"""Set everything up in `.venv`, then show evlint at work (`sample`) or hold it to its tests (`test`).

Needs Python 3.10 and pip, nothing else. What is set up is used again until pyproject.toml changes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
SAMPLE = "fixtures/payments/bad"
GATES = (
    ("ruff check", "ruff", "check"),
    ("ruff format", "ruff", "format", "--check"),
    ("mypy", "mypy"),
    ("import contract", "lint-imports", "--no-logo"),
    ("evlint on evlint", "evlint", "check", "evlint", "rules", "bench"),
    ("tests", "pytest"),
)


def main() -> int:
    """Run the subcommand that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["sample", "test"])
    if sys.version_info < (3, 10):
        parser.error(f"evlint needs Python 3.10 or newer, and this is {sys.version.split()[0]}")
    what = parser.parse_args().what
    os.chdir(ROOT)
    return sample() if what == "sample" else test()


def sample() -> int:
    """Show the flow of the sample and what is wrong with it; finding nothing would be the failure."""
    set_up(".")
    print(f"\n{SAMPLE} is a small service with mistakes in it. Its events, as evlint reads them:\n", flush=True)
    drawn = run("evlint", "graph", SAMPLE, "--format", "text")
    print(f"\nWhat is wrong with them (evlint check {SAMPLE}):\n", flush=True)
    checked = run("evlint", "check", SAMPLE)
    if (drawn, checked) != (0, 1):
        print(f"\nThat went wrong: graph ended with {drawn} (0 expected), check with {checked} (1 expected).")
        return 1
    print("\nThe sample did what it should: evlint found its mistakes. `evlint explain CODE` tells more of each.")
    print(f"Your own code: {SCRIPTS.relative_to(ROOT) / 'evlint'} check PATH")
    return 0


def test() -> int:
    """Run every gate, each whether or not one before it failed."""
    rows = []
    started = time.monotonic()
    set_up(".[dev]")
    rows.append(("set up", time.monotonic() - started, "ok"))
    for name, *command in GATES:
        print(f"\n== {name}: {' '.join(command)}", flush=True)
        started = time.monotonic()
        code = run(*command)
        rows.append((name, time.monotonic() - started, f"FAILED ({code})" if code else "ok"))
    print()
    for name, seconds, outcome in rows:
        print(f"{name:<18}{seconds:>7.1f} s  {outcome}")
    return int(any(outcome != "ok" for _, _, outcome in rows))


def run(script: str, *arguments: str) -> int:
    """Run a console script of the environment and return its exit code."""
    found = shutil.which(script, path=str(SCRIPTS))
    return subprocess.run([found, *arguments], check=False).returncode if found else 127


def set_up(target: str) -> None:
    """Install `target`, editable, into `.venv`, unless that was done since pyproject.toml changed."""
    state = hashlib.sha256(sys.version.encode() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / ("evlint-ready-to-test" if "dev" in target else "evlint-ready")
    if stamp.exists() and stamp.read_text() == state and works(PYTHON):
        return
    print(f"Setting up {VENV.name} with Python {sys.version.split()[0]} ...", flush=True)
    if not works(PYTHON):
        create()
    # Some systems take pip out of the environments they make; there the pip that is at hand serves.
    pip = [PYTHON, "-m", "pip"] if works(PYTHON, "import pip") else [sys.executable, "-m", "pip", f"--python={PYTHON}"]
    install = ["install", "--quiet", "--disable-pip-version-check", "--editable", target]
    if subprocess.run([*map(str, pip), *install], check=False).returncode:
        sys.exit(f"{target} could not be installed; pip says why above")
    stamp.write_text(state)


def works(python: Path, code: str = "") -> bool:
    """Tell whether `python` is of this version and runs `code`."""
    same = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    command = [str(python), "-c", f"{code}\n{same}"]
    return python.exists() and not subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode


def create() -> None:
    """Make the environment, without pip where the system cannot put it there."""
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, ImportError):
        venv.create(VENV, with_pip=False, clear=True)


if __name__ == "__main__":
    sys.exit(main())
