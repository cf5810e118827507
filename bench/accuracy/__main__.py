"""Measure evlint against labelled packages: `python -m bench.accuracy`.

The packages are downloaded once, and kept in `.bench_cache`, or where --cache says.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.accuracy.labels import load
from bench.accuracy.score import ROLES, Tally, flow, score
from bench.corpus import unpack
from bench.table import draw

QUICK = ["meshtastic", "vnpy"]
PRECISION, RECALL = 0.93, 0.90


def main() -> int:
    """Print the table; the exit code is 1 if precision or recall over all packages is below what must hold."""
    options = _options()
    packages = QUICK if options.quick else options.packages.split(",") if options.packages else None
    rows = [("package", *(f"{role} {figure}" for role in ROLES for figure in ("P", "R")))]
    total = dict.fromkeys(ROLES, Tally())
    for labels in load(packages):
        root = unpack(labels.package, labels.version, options.cache.absolute())
        scored = score(labels, flow(root, labels.roots))
        rows.append(_row(f"{labels.package} {labels.version}", scored))
        total = {role: total[role] + scored[role] for role in ROLES}
        if options.misses:
            _print_misses(labels.package, scored)
    rows.append(_row("all", total))
    counted = sum(tally.found + len(tally.missed) for tally in total.values())
    print(f"{len(rows) - 2} packages, {counted} facts\n\n{draw(rows, words=1)}", end="")
    return int(any(tally.precision < PRECISION or tally.recall < RECALL for tally in total.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("--packages", help="only these, between commas")
    parser.add_argument("--quick", action="store_true", help="only two small ones")
    parser.add_argument("--misses", action="store_true", help="list every fact missed, and every wrong claim")
    parser.add_argument("--cache", type=Path, default=Path(".bench_cache"), help="where downloads are kept")
    return parser.parse_args()


def _row(name: str, scored: dict[str, Tally]) -> tuple[str, ...]:
    return (name, *(f"{figure:.2f}" for role in ROLES for figure in (scored[role].precision, scored[role].recall)))


def _print_misses(package: str, scored: dict[str, Tally]) -> None:
    for role, tally in scored.items():
        for word, facts in (("missed", tally.missed), ("wrong", tally.wrong)):
            for fact in facts:
                print(f"{package}: {word} {role.removesuffix('s')} {fact}")


if __name__ == "__main__":
    sys.exit(main())
