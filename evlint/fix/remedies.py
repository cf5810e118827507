"""From what a rule asks for to the edits that do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from evlint.fix.after_commit import publish_after_commit
from evlint.fix.awaiting import await_publish
from evlint.fix.correlate import correlate, trace
from evlint.fix.freeze import freeze
from evlint.fix.immutable import immutable
from evlint.fix.patient import Impossible, Patient
from evlint.fix.rename import rename
from evlint.fix.sources import Sources
from evlint.fix.unsuppress import unsuppress
from evlint.fix.versions import version
from evlint.model.finding import CureKind, Edit, Finding, Fix
from evlint.model.program import Program

Remedy = Callable[[Patient], Iterator[Edit]]
REMEDIES: dict[CureKind, Remedy] = {
    "after-commit": publish_after_commit,
    "await": await_publish,
    "correlate": correlate,
    "freeze": freeze,
    "immutable": immutable,
    "rename": rename,
    "trace": trace,
    "unsuppress": unsuppress,
    "version": version,
}


def fix_of(finding: Finding, program: Program, sources: Sources) -> Fix:
    """The edits that cure a finding; the fix is unsafe where the code around it says so.

    Raises:
        Impossible: There is no such edit.
    """
    assert finding.cure
    patient = Patient(finding, finding.cure, program, sources)
    edits = tuple(dict.fromkeys(REMEDIES[finding.cure.kind](patient)))
    if not edits:
        raise Impossible("there is nothing to change")
    return Fix(finding.cure.title, patient.safety, edits)


def with_fixes(findings: Iterable[Finding], program: Program, sources: Sources) -> tuple[Finding, ...]:
    """The findings, with the fix of each that can be cured."""
    return tuple(_with_fix(finding, program, sources) for finding in findings)


def _with_fix(finding: Finding, program: Program, sources: Sources) -> Finding:
    if finding.cure is None:
        return finding
    try:
        return msgspec.structs.replace(finding, fix=fix_of(finding, program, sources))
    except Impossible:
        return finding
