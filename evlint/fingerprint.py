"""Name findings so that they stay the same when lines move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from evlint.model.finding import Finding


def fingerprints(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Name each finding by its code, path, symbol and key, in the order given.

    Findings that agree in all four are told apart by their order in the file, so no line enters the name.
    """
    names = [""] * len(findings)
    seen: Counter[str] = Counter()
    for index in sorted(range(len(findings)), key=lambda index: findings[index].location):
        identity = _identity(findings[index])
        names[index] = _digest(identity, seen[identity])
        seen[identity] += 1
    return tuple(names)


def _identity(finding: Finding) -> str:
    location = finding.location
    return f"{finding.code}\0{location.path}\0{location.symbol}\0{finding.key}"


def _digest(identity: str, occurrence: int) -> str:
    text = f"{identity}\0{occurrence}"
    # A file name may hold bytes that are no text; they arrive as surrogates, which strict UTF-8 refuses.
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
