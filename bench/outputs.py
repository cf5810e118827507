"""What several reports of one run cost, beside one: `python -m bench.outputs`, on a program that is made up."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.generated import generate

FORMATS = ("json", "sarif", "gitlab", "junit", "concise")


def main() -> int:
    """Print the times of a run with one report and of one with five, and how they stand to each other."""
    parser = argparse.ArgumentParser(prog="python -m bench.outputs", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how large the program is (default: 1000)")
    parser.add_argument("--runs", type=int, default=9, help="how often each is run (default: 9)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "program"
        files = generate(root, options.files, frozen=False)
        _run(root, FORMATS[:1])
        findings = (root / "out.concise").read_text(encoding="utf-8").count("\n") if _run(root, FORMATS) else 0
        print(f"{files:,} files, {findings:,} findings, warm, median of {options.runs}")
        # By turns, so that whatever else the machine does meets both.
        times = [(_run(root, FORMATS[:1]), _run(root, FORMATS)) for _ in range(options.runs)]
        one, five = (median(column) for column in zip(*times, strict=True))
        print(f"one report: {one:.2f} s, five: {five:.2f} s, {five / one:.2f} times as long")
        alone = sum(median(_run(root, (name,)) for _ in range(options.runs)) for name in FORMATS)
        print(f"five runs with one report each: {alone:.2f} s, {alone / one:.2f} times as long")
    return 0


def _run(root: Path, formats: tuple[str, ...]) -> float:
    command = [sys.executable, "-m", "evlint", "check", "--select", "ALL", "--exit-zero", "--quiet"]
    command += [f"--format={name}:out.{name}" for name in formats]
    begun = time.perf_counter()
    subprocess.run(command, cwd=root, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
