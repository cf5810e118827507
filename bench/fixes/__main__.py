"""Fix public packages, and run their own tests before and after: `python -m bench.fixes`.

Everything that is downloaded is kept in `.bench_cache`, or where --cache says.
The tests of a package are its authors' code: run this where you would install the package.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.fixes.packages import PACKAGES, QUICK, Package
from bench.fixes.sources import fix, unpack
from bench.fixes.suite import Suite
from bench.table import draw

HEAD = (
    "package",
    "fixes",
    "fixed",
    "files changed",
    "broken",
    "same when fixed twice",
    "passed before",
    "after",
    "lost",
)


def main() -> int:
    """Print the table; the exit code is 1 if a file is broken, a test is lost, or fixing twice changes anything."""
    options = _options()
    chosen = options.packages.split(",") if options.packages else QUICK if options.quick else None
    rows: list[tuple[str, ...]] = [HEAD]
    is_sound = True
    for package in PACKAGES:
        if chosen is None or package.name in chosen:
            for row, holds in _rows(package, options.cache.absolute(), options.seconds, tests=not options.no_tests):
                rows.append(row)
                is_sound = is_sound and holds
    print(draw(rows, words=2), end="")
    return int(not is_sound)


def _rows(package: Package, cache: Path, seconds: int, *, tests: bool) -> list[tuple[tuple[str, ...], bool]]:
    """One row for the safe fixes, and one for all, with whether all is well."""
    root = cache / "fixed" / f"{package.name}-{package.version}"
    unpack(package.name, package.version, root, cache)
    suite = Suite(package, root, cache, seconds)
    is_tested = tests and suite.install()
    before = suite.passed() if is_tested else frozenset()
    rows: list[tuple[tuple[str, ...], bool]] = []
    for kind, unsafe in (("safe", False), ("all", True)):
        unpack(package.name, package.version, root, cache)
        outcome = fix(root, unsafe=unsafe)
        after = suite.passed() if before else frozenset()
        lost = before - after
        # What fails now and then is given another chance.
        lost = lost - suite.passed() if lost else lost
        print(*(f"{package.name}, {kind}: lost {test}" for test in sorted(lost)), sep="\n", end="", file=sys.stderr)
        told = (str(len(before)), str(len(before) - len(lost)), str(len(lost))) if before else ("-", "-", "-")
        done = (str(outcome.fixed), str(len(outcome.changed)), str(len(outcome.broken)))
        row = (f"{package.name} {package.version}", kind, *done, "yes" if outcome.is_stable else "no", *told)
        rows.append((row, outcome.is_stable and not outcome.broken and not lost))
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fixes", description=__doc__)
    parser.add_argument("--packages", help="only these, between commas")
    parser.add_argument("--quick", action="store_true", help="only a small one")
    parser.add_argument("--no-tests", action="store_true", help="run no tests of theirs")
    parser.add_argument("--seconds", type=int, default=600, help="how long the tests of a package may take")
    parser.add_argument("--cache", type=Path, default=Path(".bench_cache"), help="where downloads are kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
