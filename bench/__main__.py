"""Measure evlint and its peers on real packages: `python -m bench`.

Everything that is downloaded is kept in `.bench_cache`, or where --cache says. The first run installs the peers.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.corpus import PACKAGES, QUICK, Corpus, fetch
from bench.measure import CommandError, Measurement, measure
from bench.table import Row, render
from bench.tools import EVLINT, PEERS, REFERENCE, SEMGREP_RULES, Job, Tool, install


def main() -> int:
    """Print one table for each package; the exit code is 1 if evlint itself failed on one."""
    options = _options()
    cache: Path = options.cache.absolute()
    cache.mkdir(parents=True, exist_ok=True)
    rules = cache / "semgrep.yaml"
    rules.write_text(SEMGREP_RULES)
    scripts = _installed(options.peers, cache)
    wanted = QUICK if options.quick else options.packages
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{python}, {platform.system()}, {os.cpu_count()} cores, median of {options.runs}")
    failed = False
    for package in PACKAGES:
        if package.name in wanted:
            corpus = fetch(package, cache)
            jobs = {tool: Job(package.folder, None, folder, rules) for tool, folder in scripts.items()}
            rows = _rows(corpus, jobs, options.runs)
            failed = failed or EVLINT not in jobs
            print(f"\n{render(corpus.title, rows, REFERENCE.name)}", flush=True)
    return int(failed)


def _installed(peers: Sequence[str], cache: Path) -> dict[Tool, Path]:
    """Install evlint's `peers`, and return where the scripts of each are."""
    scripts = {}
    for tool in (EVLINT, *(peer for peer in PEERS if peer.name in peers)):
        folder = install(tool, cache)
        if folder is None:
            print(f"{tool.name} is left out: it cannot be installed here", file=sys.stderr)
        else:
            scripts[tool] = folder
    return scripts


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [package.name for package in PACKAGES]
    usual = [peer.name for peer in PEERS if not peer.slow]
    parser.add_argument("--packages", type=_some_of(names), default=names, help=f"of {', '.join(names)}")
    parser.add_argument(
        "--peers",
        type=_some_of([peer.name for peer in PEERS]),
        default=usual,
        help=f"of {', '.join(peer.name for peer in PEERS)}, or nothing (default: {','.join(usual)})",
    )
    parser.add_argument("--quick", action="store_true", help=f"measure {', '.join(QUICK)} only")
    parser.add_argument("--runs", type=int, default=3, help="how often each command runs (default: 3)")
    parser.add_argument("--cache", type=Path, default=Path(".bench_cache"), help="where downloads are kept")
    return parser.parse_args()


def _some_of(names: Sequence[str]) -> Callable[[str], list[str]]:
    """Make a function that splits a list at commas and refuses what is not among `names`."""

    def split(text: str) -> list[str]:
        chosen = [name for name in text.split(",") if name]
        unknown = sorted({*chosen} - {*names})
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(names)}")
        return chosen

    return split


def _rows(corpus: Corpus, jobs: dict[Tool, Job], runs: int) -> list[Row]:
    """Measure all tools, round after round, so that a slow minute of the machine slows all of them.

    A tool that fails is told of, and left out of `jobs` and of the rows.
    """
    measured: dict[tuple[Tool, str], list[Measurement]] = {}
    for number in range(runs):
        for tool, job in list(jobs.items()):
            print(f"{corpus.package.name}, {tool.name}, run {number + 1} of {runs}", file=sys.stderr, flush=True)
            try:
                for run, measurement in _run(tool, job, corpus):
                    measured.setdefault((tool, run), []).append(measurement)
            except CommandError as error:
                print(f"{tool.name} is left out: {error}", file=sys.stderr)
                del jobs[tool]
    return [Row(tool.name, tool.version, run, tuple(each)) for (tool, run), each in measured.items() if tool in jobs]


def _run(tool: Tool, job: Job, corpus: Corpus) -> Iterator[tuple[str, Measurement]]:
    """Run a tool cold, and once more warm if it keeps a cache."""
    with tempfile.TemporaryDirectory() as cache:
        command = tool.command(job._replace(cache=Path(cache) if tool.caches else None))
        for run in ("cold", "warm") if tool.caches else ("cold",):
            yield run, measure(command, corpus.root, tool.ends)


if __name__ == "__main__":
    sys.exit(main())
