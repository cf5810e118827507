"""Of all findings, those that a change is answerable for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from evlint.fingerprint import fingerprints
from evlint.model.change import Change
from evlint.model.finding import Finding


def touched(findings: Sequence[Finding], change: Change, earlier: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that are new since `earlier`, or that stand, or have a related place, on a changed line."""
    known = set(fingerprints([_moved(finding, change) for finding in earlier]))
    named = zip(findings, fingerprints(findings), strict=True)
    return tuple(finding for finding, name in named if name not in known or _is_touched(finding, change))


def _is_touched(finding: Finding, change: Change) -> bool:
    return change.touches(finding.location) or any(change.touches(related.location) for related in finding.related)


def _moved(finding: Finding, change: Change) -> Finding:
    """The finding where its file is now."""
    path = change.renamed.get(finding.location.path)
    if path is None:
        return finding
    return msgspec.structs.replace(finding, location=msgspec.structs.replace(finding.location, path=path))
