"""Fix what can be fixed, and believe no fix that has not been checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from evlint.extract.decode import decode, encoded
from evlint.extract.positions import Lines
from evlint.extract.syntax import check
from evlint.fix.remedies import fix_of
from evlint.fix.sources import Impossible, Sources
from evlint.model.facts import Failure
from evlint.model.finding import CureKind, Edit, Finding
from evlint.model.program import Program

# What a cure brings to light, because another rule looks only at what this one is content with.
UNCOVERS: dict[CureKind, frozenset[str]] = {"freeze": frozenset({"EVL103"}), "after-commit": frozenset({"EVL204"})}
PASSES = 200

Judge = Callable[[Mapping[str, bytes]], tuple[Sequence[Finding], Program]]
Identity = tuple[str, str, str, str]


class Fixed(msgspec.Struct, frozen=True):
    """What came of it.

    `contents` are the files that change, by path, `cured` the findings that are gone, `unsafe` those that an unsafe
    fix would cure, `refused` those that nothing here cures, with the reason.
    """

    contents: dict[str, bytes]
    cured: tuple[Finding, ...]
    unsafe: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


class Operation:
    """The fixes of one program.

    Args:
        judge: Says what is found when some files have other contents.
        paths: The files that may be edited.
        read: The bytes of a file.
        unsafe: Whether unsafe fixes are wanted.
        wanted: Whether a finding is to be cured.
    """

    def __init__(
        self,
        judge: Judge,
        paths: frozenset[str],
        read: Callable[[str], bytes],
        *,
        unsafe: bool,
        wanted: Callable[[Finding], bool],
    ) -> None:
        self._judge = judge
        self._paths = paths
        self._read = read
        self._unsafe = unsafe
        self._wanted = wanted
        self._contents: dict[str, bytes] = {}
        self._cured: list[Finding] = []
        self._refused: dict[Identity, tuple[Finding, str]] = {}

    def run(self) -> Fixed:
        """Fix, look again, and go on until nothing more is fixed."""
        findings, program = self._judge(self._contents)
        most = len(findings)
        waiting: list[Finding] = []
        for _ in range(PASSES):
            sources = Sources(self._paths, self._now)
            proposed = self._proposed(findings, program, sources)
            waiting = [item for item in proposed if not self._may(item)]
            batch = compatible([item for item in proposed if self._may(item)])[:most]
            if not batch:
                break
            changed = edited(batch, sources)
            after = self._contents | changed
            problem = _unreadable(changed)
            if not problem:
                later = self._judge(after)
                problem = _problem(findings, later[0], batch) or _loss(program, later[1])
            if not problem:
                findings, program = later
                self._contents = after
                self._cured += batch
                most *= 2
            elif len(batch) == 1:
                self._refused[identity(batch[0])] = batch[0], problem
                most = len(findings)
            else:
                # One of them is to blame.
                most = len(batch) // 2
        return Fixed(self._contents, tuple(self._cured), tuple(waiting), tuple(self._refused.values()))

    def _now(self, path: str) -> bytes:
        return self._contents[path] if path in self._contents else self._read(path)

    def _may(self, finding: Finding) -> bool:
        return self._unsafe or (finding.fix is not None and finding.fix.safety == "safe")

    def _proposed(self, findings: Sequence[Finding], program: Program, sources: Sources) -> list[Finding]:
        found: list[Finding] = []
        for finding in findings:
            if finding.cure is None or identity(finding) in self._refused or not self._wanted(finding):
                continue
            try:
                fix = fix_of(finding, program, sources)
            except Impossible as reason:
                self._refused[identity(finding)] = finding, str(reason)
            else:
                found.append(msgspec.structs.replace(finding, fix=fix))
        return found


def identity(finding: Finding) -> Identity:
    """What makes a finding the same after an edit."""
    return finding.code, finding.location.path, finding.location.symbol, finding.key


def compatible(findings: Sequence[Finding]) -> list[Finding]:
    """Those whose edits do not touch, the first ones first; the same edit may serve several."""
    taken: dict[str, set[Edit]] = {}
    chosen: list[Finding] = []
    for finding in findings:
        assert finding.fix
        if all(_fits(edit, taken.get(edit.location.path, ())) for edit in finding.fix.edits):
            chosen.append(finding)
            for edit in finding.fix.edits:
                taken.setdefault(edit.location.path, set()).add(edit)
    return chosen


def _fits(edit: Edit, taken: Collection[Edit]) -> bool:
    start, end = _ends(edit)
    return edit in taken or not any(start <= other[1] and other[0] <= end for other in map(_ends, taken))


def _ends(edit: Edit) -> tuple[tuple[int, int], tuple[int, int]]:
    span = edit.location.span
    return (span.line, span.column), (span.end_line, span.end_column)


def edited(findings: Sequence[Finding], sources: Sources) -> dict[str, bytes]:
    """The files that the fixes of findings change, by path."""
    edits: dict[str, dict[Edit, None]] = {}
    for finding in findings:
        for edit in finding.fix.edits if finding.fix else ():
            edits.setdefault(edit.location.path, {})[edit] = None
    return {path: apply(sources.data(path), tuple(found)) for path, found in edits.items()}


def apply(data: bytes, edits: Collection[Edit]) -> bytes:
    """The file after its edits, in its own encoding; as it is where that lacks a character."""
    text = decode(data)
    assert not isinstance(text, Failure)
    lines = Lines(text)
    for edit in sorted(edits, key=_ends, reverse=True):
        (line, column), (end_line, end_column) = _ends(edit)
        text = f"{text[: lines.offset(line, column)]}{edit.text}{text[lines.offset(end_line, end_column) :]}"
    return encoded(text, data) or data


def _unreadable(contents: Mapping[str, bytes]) -> str:
    for path, data in contents.items():
        if check(data) is not None:
            return f"`{path}` would not parse"
    return ""


def _problem(before: Sequence[Finding], after: Sequence[Finding], batch: Sequence[Finding]) -> str:
    """What is wrong with a batch of fixes by what is found after it; nothing where all is well."""
    allowed = _counts(before)
    allowed.subtract(_counts(batch))
    uncovered = {code for item in batch if item.cure for code in UNCOVERS.get(item.cure.kind, ())}
    cured = {(item.code, item.location.path) for item in batch}
    for (code, path), count in sorted(_counts(after).items()):
        if count > allowed[code, path] and code not in uncovered:
            return f"{code} would still be found" if (code, path) in cured else f"{code} would be found in `{path}`"
    return ""


def _loss(before: Program, after: Program) -> str:
    """What of the flow would be gone; nothing where all of it is there."""
    for what, old, new in (
        ("publication", before.publications, after.publications),
        ("subscription", before.subscriptions, after.subscriptions),
    ):
        if len(new) < len(old):
            return f"a {what} would no longer be recognised"
    return ""


def _counts(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
    return Counter((finding.code, finding.location.path) for finding in findings)
