"""Load packs of rules, and run their checks."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.model.program import Program
from evlint.model.rule import Rule
from evlint.model.source import Location, Span
from evlint.rulebook.pages import Page, read_pack
from evlint.rulebook.selection import ALWAYS, Selection, unknown

if TYPE_CHECKING:
    from evlint.flow import Flow

OWN = "EVL"


def load(*packs: Path) -> tuple[Page, ...]:
    """Read the pages of `packs`, the built-in one first, sorted by code; no check is imported yet."""
    pages: dict[str, Page] = {}
    for page in (page for number, pack in enumerate(packs) for page in _read(pack, is_own=number == 0)):
        for key in (page.code, page.name):
            if key in pages:
                raise UsageError(f"{page.path}: `{key}` is taken by {pages[key].path}")
            pages[key] = page
    return tuple(sorted(set(pages.values()), key=lambda page: page.code))


def _read(pack: Path, *, is_own: bool) -> Iterator[Page]:
    for page in read_pack(pack):
        if is_own:
            yield page
        elif page.code.startswith(OWN):
            raise UsageError(f"{page.path}: codes that begin with {OWN} are evlint's own", "choose another beginning")
        else:
            yield msgspec.structs.replace(page, pack=pack.name)


def find(pages: Sequence[Page], key: str) -> Page:
    """Return the page of the rule with that code or name."""
    for page in pages:
        if key.strip().upper() in (page.code, page.name.upper()):
            return page
    raise unknown(key, pages)


def run(selection: Selection, flow: Flow, *, debug: bool = False) -> tuple[Finding, ...]:
    """Run the checks; a finding is there once, however often a check yields it.

    A check that raises ends the run, because what it would have found is not known. `debug` lets its error through.
    """
    found = [finding for rule in selection.rules for finding in _run(rule, flow, selection, debug=debug)]
    return ordered(selection.adjust(found))


def unreadable(program: Program, selection: Selection) -> tuple[Finding, ...]:
    """Report the files that were not analysed."""
    rule = selection.rule(ALWAYS)
    if rule is None:
        return ()
    return ordered(
        selection.adjust(
            rule.finding(
                Location(file.path, Span(file.line, file.column, file.line, file.column)),
                f"not analysed: {file.reason}",
                key=rule.name,
            )
            for file in program.skipped
        )
    )


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by place, and leave each there once."""
    unique = {_identity(finding): finding for finding in findings}
    return tuple(unique[identity] for identity in sorted(unique))


def _run(rule: Rule, flow: Flow, selection: Selection, *, debug: bool) -> list[Finding]:
    try:
        return list(rule.run(flow, selection.options.get(rule.code)))
    except Exception as error:
        if debug:
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise UsageError(
            f"rule `{rule.name}` ({rule.code}) failed: {type(error).__name__}: {error}"
            f" at {place.filename}:{place.lineno}",
            "this is a fault of the rule, --debug shows the traceback",
        ) from error


def _identity(finding: Finding) -> tuple[str, Span, str, str, str]:
    return finding.location.path, finding.location.span, finding.code, finding.key, finding.message
