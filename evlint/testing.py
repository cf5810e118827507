"""Hold rules to the examples on their pages, in the tests of whoever writes them."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from evlint import app, config
from evlint.dialects import load_dialects
from evlint.model.dialect import Dialect
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.examples import Example, Marks, examples
from evlint.rulebook.pages import Page
from evlint.rulebook.selection import select
from evlint.schema.lockfile import loads

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Case(msgspec.Struct, frozen=True):
    """One example of one page; `pages` are those of all rules that run on it, `dialects` what it may speak."""

    page: Page
    example: Example
    number: int
    pages: tuple[Page, ...]
    dialects: tuple[Dialect, ...]

    @property
    def id(self) -> str:
        """What to call the case in a report of tests."""
        return f"{self.page.name}-{self.example.kind}-{self.example.title or self.number}"

    @property
    def expected(self) -> Marks:
        """The names of the rules that must report, by path and line."""
        return self.example.expected

    def reported(self) -> Marks:
        """The names of those that do: of the page's own rule, and where the example is right, of every one."""
        settings = config.parse(tomllib.loads(self.example.toml))
        choice = msgspec.structs.replace(settings.choice, extend_select=(self.page.code,))
        program = app.analyse_sources(self.example.files, self.dialects)
        if self.example.lock:
            program = msgspec.structs.replace(program, lock=loads(self.example.lock, "events.lock"))
        program = msgspec.structs.replace(program, declared=config.declared(settings, is_whole=False))
        run = app.check(app.Analysis(program), select(self.pages, choice), debug=True)
        found: Marks = {}
        for finding in run.findings:
            if self.example.kind == "correct" or finding.name == self.page.name:
                key = (finding.location.path, finding.location.line)
                found[key] = (*found.get(key, ()), finding.name)
        return found


def cases(pack: Path) -> tuple[Case, ...]:
    """The examples on the pages of the pack in that folder; they may speak the dialects that it brings."""
    own = builtin()
    dialects = load_dialects(sorted((pack / "dialects").glob("*.toml")))
    pages = load(own) if pack == own else load(own, pack)
    return tuple(
        Case(page, example, number, pages, dialects)
        for page in pages
        if page.path.is_relative_to(pack)
        for number, example in enumerate(examples(page))
    )
