"""Set apart the findings that comments accept, and report the comments that accept nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches

import msgspec

from evlint.model.facts import Suppression
from evlint.model.finding import Cure, Finding
from evlint.model.program import FileSuppressions
from evlint.model.rule import Rule
from evlint.model.source import Location, Span

UNUSED = "EVL002"


class InForce(msgspec.Struct, frozen=True):
    """What comments are held against.

    `known` maps every code and name there is to its code, `codes_at` yields the codes of the rules that ran on a file.
    `complete` says that no default rule was left out, so that a comment without codes can be judged. `unused` is the
    rule that reports comments, or None.
    """

    known: Mapping[str, str]
    codes_at: Callable[[str], Collection[str]]
    complete: bool
    unused: Rule | None


class _Comment:
    """A suppression, and which of its words, an empty one where it has none, accepted something."""

    def __init__(self, path: str, suppression: Suppression) -> None:
        self.path = path
        self.suppression = suppression
        self.words = suppression.codes or ("",)
        self.used: set[str] = set()

    def accepts(self, finding: Finding) -> bool:
        found = {word for word in self.words if _speaks_of(word, finding)}
        self.used |= found
        return bool(found)

    def covers(self, line: int) -> bool:
        comment = self.suppression
        return comment.scope == "file" or line == comment.span.line or comment.first_line <= line <= comment.last_line


def suppress(
    findings: Sequence[Finding], suppressions: Sequence[FileSuppressions], in_force: InForce
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Part findings into those that stand and those that comments accept; comments without effect are findings too."""
    comments = {file.path: [_Comment(file.path, comment) for comment in file.suppressions] for file in suppressions}
    kept, suppressed = _part(findings, comments)
    if in_force.unused:
        useless = [
            finding for path in sorted(comments) for finding in _useless(comments[path], in_force, in_force.unused)
        ]
        # A comment without codes does not hide that it has no effect.
        named = {path: [comment for comment in found if comment.suppression.codes] for path, found in comments.items()}
        more_kept, more_suppressed = _part(useless, named)
        kept, suppressed = kept + more_kept, suppressed + more_suppressed
    return tuple(sorted(kept, key=_place)), tuple(sorted(suppressed, key=_place))


def _part(
    findings: Sequence[Finding], comments: Mapping[str, Sequence[_Comment]]
) -> tuple[list[Finding], list[Finding]]:
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        covering = [
            comment for comment in comments.get(finding.location.path, ()) if comment.covers(finding.location.line)
        ]
        # Each of several comments is told, so that none is called unused for the sake of another.
        accepted = [comment for comment in covering if comment.accepts(finding)]
        (suppressed if accepted else kept).append(finding)
    return kept, suppressed


def _useless(comments: Sequence[_Comment], in_force: InForce, rule: Rule) -> Iterator[Finding]:
    for comment in comments:
        codes_at = in_force.codes_at(comment.path)
        if UNUSED not in codes_at:
            continue
        problems = {
            word: problem
            for word in comment.words
            if word not in comment.used and (problem := _problem(word, comment, codes_at, in_force))
        }
        if problems:
            location = Location(comment.path, comment.suppression.span)
            yield rule.finding(
                location,
                "; ".join(problems.values()),
                key=" ".join(sorted(comment.words)),
                cure=_cure(problems, in_force),
            )


def _cure(problems: Mapping[str, str], in_force: InForce) -> Cure:
    """Taking the words away, which is safe unless one may be misspelt."""
    is_known = all(not word or _codes(word, in_force.known) for word in problems)
    return Cure("unsuppress", "Remove the unused suppression", "safe" if is_known else "unsafe", words=tuple(problems))


def _problem(word: str, comment: _Comment, ran: Collection[str], in_force: InForce) -> str:
    """Say what is wrong with a word that accepted nothing, or nothing where it cannot be known."""
    foreign = comment.suppression.syntax == "noqa"
    if not word:
        return "" if foreign or not in_force.complete else "unused suppression"
    codes = _codes(word, in_force.known)
    if not codes:
        return "" if foreign and not _is_ours(word, in_force.known) else _unknown(word, in_force.known)
    if UNUSED in codes or not codes <= set(ran):
        return ""
    return f"unused suppression of `{word}`"


def _codes(word: str, known: Mapping[str, str]) -> set[str]:
    return {code for key, code in known.items() if word.upper() == key.upper() or _begins(word, code)}


def _is_ours(word: str, known: Mapping[str, str]) -> bool:
    return any(word.upper().startswith(_letters(code)) for code in known.values())


def _begins(word: str, code: str) -> bool:
    # An `E` alone means another linter's codes, so a beginning must hold all the letters of ours.
    return code.startswith(word.upper()) and word.upper().startswith(_letters(code))


def _letters(code: str) -> str:
    return code.rstrip("0123456789")


def _unknown(word: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(word.upper(), {key.upper() for key in known}, 1)
    spelled = next((key for key in sorted(known) if near and key.upper() == near[0]), "")
    return f"suppression of an unknown rule `{word}`" + (f", did you mean `{spelled}`?" if spelled else "")


def _speaks_of(word: str, finding: Finding) -> bool:
    return not word or word.upper() == finding.name.upper() or _begins(word, finding.code)


def _place(finding: Finding) -> tuple[str, Span, str, str, str]:
    return finding.location.path, finding.location.span, finding.code, finding.key, finding.message
