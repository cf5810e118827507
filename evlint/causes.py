"""Let one finding speak for many that have one cause, with their number, and their places as related ones.

This is the last thing before a report, so that comments, baselines and changed lines are held against each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from evlint.model.finding import SEVERITIES, Finding, Related
from evlint.model.run import Run


def grouped(run: Run) -> Run:
    """The run with one finding for each cause of many."""
    return msgspec.structs.replace(run, findings=joined(run.findings))


def joined(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for each cause of many; the order stays that of their first places."""
    everything = tuple(findings)
    families: dict[str, list[Finding]] = {}
    for finding in everything:
        if finding.cause is not None:
            families.setdefault(finding.cause.key, []).append(finding)
    found: list[Finding] = []
    for finding in everything:
        family = families[finding.cause.key] if finding.cause is not None else [finding]
        if finding.cause is None or len(family) < finding.cause.least:
            found.append(finding)
        elif finding is family[0]:
            found.append(_spokesman(family))
    return tuple(found)


def _spokesman(family: Sequence[Finding]) -> Finding:
    first, *others = family
    assert first.cause is not None
    named: dict[Related, None] = dict.fromkeys(first.related) if not first.cause.summary else {}
    for other in others:
        what = f"`{other.event}`" if other.event != first.event else other.message.partition(";")[0]
        named.setdefault(Related(other.location, what))
    return msgspec.structs.replace(
        first,
        message=f"{len(family)} {first.cause.summary}" if first.cause.summary else first.message,
        severity=max((item.severity for item in family), key=SEVERITIES.index),
        related=tuple(named),
        fix=None,
        cure=first.cure and msgspec.structs.replace(first.cure, title=f"{first.cure.title}, and the others"),
        key=first.cause.key if first.cause.summary else first.key,
    )
