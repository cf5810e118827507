"""Accept findings where they stand: `evlint check --add-ignores REASON`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.report.escape import terminal

# A file that cannot be read has no statements, and a comment that accepts nothing is to be taken away.
NEVER = frozenset({"EVL001", "EVL002"})


def add(findings: Sequence[Finding], reason: str) -> str:
    """Write a comment above each statement with findings, and sum up what was done."""
    from evlint.extract.accepting import accept

    accepted = comments = 0
    left: list[str] = []
    for path, codes in _by_path(findings).items():
        before = _read(path)
        after, number, covered = accept(before, codes, reason)
        if after != before:
            _write(path, after)
        comments += number
        accepted += covered
        if covered < sum(map(len, codes.values())):
            left.append(path)
    lines = [f"{comments} comments written, which accept {accepted} findings"]
    lines += [
        f"  not all in {terminal(path)}: there is no statement, or its encoding lacks a character" for path in left
    ]
    return "".join(f"{line}\n" for line in lines)


def _by_path(findings: Sequence[Finding]) -> dict[str, dict[int, tuple[str, ...]]]:
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    for finding in findings:
        if finding.code not in NEVER:
            lines = found.setdefault(finding.location.path, {})
            lines[finding.location.line] = (*lines.get(finding.location.line, ()), finding.code)
    return found


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error


def _write(path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write to `{path}`: {error.strerror}") from error
