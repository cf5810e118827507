"""What an editor offers to do about a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from lsprotocol import types

from evlint.extract.accepting import accept
from evlint.model.finding import Finding, Fix
from evlint.server.diagnostics import diagnostic
from evlint.server.texts import Texts, encoded

# Whoever accepts a finding is asked for the reason where it stands.
REASON = "why?"
# A file that cannot be read has no statements, and a comment that accepts nothing is to be taken away.
NEVER = frozenset({"EVL001", "EVL002"})


def actions(findings: Iterable[Finding], texts: Texts) -> Iterator[types.CodeAction]:
    """The fixes of findings, the safe ones preferred, and for each the comment that accepts it."""
    for finding in findings:
        told = [diagnostic(finding, texts)]
        for fix in _fixes(finding):
            yield types.CodeAction(
                title=fix.title if fix.safety == "safe" else f"{fix.title} (unsafe)",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=told,
                is_preferred=fix.safety == "safe",
                edit=types.WorkspaceEdit(changes=_edits(fix, texts)),
            )
        edits = _accepting(finding, texts) if finding.code not in NEVER else []
        if edits:
            yield types.CodeAction(
                title=f"Accept {finding.code} here, with a reason",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=told,
                edit=types.WorkspaceEdit(changes={texts.uri(finding.location.path): edits}),
            )


def _fixes(finding: Finding) -> tuple[Fix, ...]:
    """The cures of a finding that may be applied."""
    return (finding.fix,) if finding.fix is not None and finding.fix.safety != "display" else ()


def _edits(fix: Fix, texts: Texts) -> dict[str, list[types.TextEdit]]:
    found: dict[str, list[types.TextEdit]] = {}
    for edit in fix.edits:
        place = texts.range(edit.location.path, edit.location.span)
        found.setdefault(texts.uri(edit.location.path), []).append(types.TextEdit(place, edit.text))
    return found


def _accepting(finding: Finding, texts: Texts) -> list[types.TextEdit]:
    """The comment that accepts a finding, as `--add-ignores` would write it, as changes of whole lines."""
    path = finding.location.path
    source = texts.source(path)
    data = encoded(source)
    after = accept(data, {finding.location.line: (finding.code,)}, REASON).data
    before_lines, after_lines = data.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = SequenceMatcher(None, before_lines, after_lines, autojunk=False)
    return [
        types.TextEdit(
            types.Range(types.Position(start, 0), types.Position(end, 0)),
            b"".join(after_lines[first:last]).decode("utf-8", "replace"),
        )
        for kind, start, end, first, last in matcher.get_opcodes()
        if kind != "equal"
    ]
