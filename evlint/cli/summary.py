"""What is said on standard error when a run is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from evlint.model.finding import SEVERITIES
from evlint.model.program import Program, SkippedFile
from evlint.model.run import Run
from evlint.report.escape import terminal

MOST_SKIPPED = 5


def check_summary(run: Run, config: Path | None, *, verbose: bool) -> str:
    """Sum up a check: what was read, what was found, and what could not be known."""
    lines = [*_read(run.analysed, run.skipped, config, verbose=verbose), _found(run)]
    if run.stale:
        lines.append(
            f"{_count(len(run.stale), 'line')} of the baseline fit nothing any more (`evlint baseline prune`):"
        )
        lines += [f"  {terminal(line)}" for line in run.stale[:MOST_SKIPPED]]
    if verbose:
        lines.append(f"{run.rules} rules ran")
    if run.unresolved:
        lines.append(f"{_count(run.unresolved, 'site')} not resolved, which `evlint graph` lists")
    return "".join(f"{line}\n" for line in lines)


def graph_summary(program: Program, config: Path | None, *, verbose: bool) -> str:
    """Sum up a graph: what was read, and what could not be known."""
    lines = list(_read(program.analysed, program.skipped, config, verbose=verbose))
    if program.unresolved:
        lines.append(f"{_count(len(program.unresolved), 'site')} not resolved")
    return "".join(f"{line}\n" for line in lines)


def _read(analysed: int, skipped: Sequence[SkippedFile], config: Path | None, *, verbose: bool) -> Iterator[str]:
    if verbose:
        yield f"Configuration: {terminal(str(config)) if config else 'none'}"
    if not analysed and not skipped:
        yield "No Python files found"
        return
    yield f"{_count(analysed, 'file')} analysed, {len(skipped)} skipped{':' if skipped else ''}"
    shown = skipped if verbose else skipped[:MOST_SKIPPED]
    for file in shown:
        yield f"  {terminal(file.path)}: {terminal(' '.join(file.reason.split()))}"
    if len(shown) < len(skipped):
        yield f"  and {len(skipped) - len(shown)} more, which -v lists"


def _found(run: Run) -> str:
    counts = Counter(finding.severity for finding in run.findings)
    parts = [_count(counts[severity], severity) for severity in reversed(SEVERITIES) if counts[severity]]
    found = f"{_count(len(run.findings), 'finding')}: {', '.join(parts)}" if parts else "No findings"
    found += f"; {len(run.suppressed)} suppressed" if run.suppressed else ""
    found += f"; {run.accepted} in the baseline" if run.accepted else ""
    return found + (f"; {run.untouched} not of this change" if run.untouched else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 or noun == "info" else f"{number} {noun}s"
