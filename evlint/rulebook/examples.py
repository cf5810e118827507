"""Read the examples on the page of a rule, which are its first tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from evlint.model.errors import UsageError
from evlint.rulebook.pages import Page

Kind = Literal["incorrect", "correct", "known-gap"]
Marks = dict[tuple[str, int], tuple[str, ...]]

LOCK = "events.lock"
_KINDS: dict[str, Kind] = {"incorrect": "incorrect", "correct": "correct", "known gaps": "known-gap"}
_FENCE = re.compile(r"(?P<ticks>`{3,}|~{3,})\s*(?P<language>\w*)\s*(?P<rest>.*)")
_TITLE = re.compile(r"""title=(["'])(?P<title>.+?)\1""")
_MARK = re.compile(r"#\s*(?P<kind>error|todo-error):\s*\[(?P<names>[^\]]*)\]")


class Example(msgspec.Struct, frozen=True):
    """One project of a page: what is under one `###` heading, or under a `##` heading before the first of those.

    `files` maps paths to sources, `toml` is the configuration or empty, `lock` the schema lock, titled `events.lock`. `expected` maps path and line to the names
    of the rules that report there, nothing else may; `missed` maps them to those that should and do not yet.
    """

    title: str
    kind: Kind
    files: dict[str, str]
    toml: str
    expected: Marks
    missed: Marks
    lock: str = ""


class _Block(msgspec.Struct, frozen=True):
    language: str
    title: str
    text: str


def examples(page: Page) -> tuple[Example, ...]:
    """Return the examples of `page`, in its order."""
    projects: dict[tuple[Kind, str], list[_Block]] = {}
    for kind, title, block in _blocks(page):
        projects.setdefault((kind, title), []).append(block)
    return tuple(
        _example(page, kind, title, blocks)
        for (kind, title), blocks in projects.items()
        if any(block.language in ("python", "py") for block in blocks)
    )


def _blocks(page: Page) -> Iterator[tuple[Kind, str, _Block]]:
    """Yield the fenced blocks that stand under the headings of examples."""
    kind: Kind | None = None
    title = ""
    lines = iter(page.text.split("\n"))
    for line in lines:
        if line.startswith("## "):
            kind, title = _KINDS.get(line[3:].strip().lower()), ""
        elif line.startswith("### "):
            title = line[4:].strip()
        elif opening := _FENCE.match(line):
            text = _until_closed(page, lines, opening["ticks"])
            named = _TITLE.search(opening["rest"])
            if kind:
                yield kind, title, _Block(opening["language"], named["title"] if named else "", text)


def _until_closed(page: Page, lines: Iterator[str], ticks: str) -> str:
    inside: list[str] = []
    for line in lines:
        if line.startswith(ticks) and not line.strip(ticks[0]).strip():
            return "\n".join(inside) + "\n"
        inside.append(line)
    raise UsageError(f"{page.path}: a fence of {ticks} is never closed")


def _example(page: Page, kind: Kind, title: str, blocks: list[_Block]) -> Example:
    files: dict[str, str] = {}
    for block in blocks:
        if block.language in ("python", "py"):
            path = block.title or ("example.py" if "example.py" not in files else f"example_{len(files) + 1}.py")
            if path in files:
                raise UsageError(f"{page.path}: two files of one example are called {path}")
            files[path] = block.text
    expected, missed = _marks(files, "error"), _marks(files, "todo-error")
    if kind == "correct" and (expected or missed):
        raise UsageError(f"{page.path}: an example of correct code is marked as wrong")
    if missed and kind != "known-gap":
        raise UsageError(f"{page.path}: `# todo-error:` belongs under `## Known gaps`")
    toml = "\n".join(block.text for block in blocks if block.language == "toml" and block.title != LOCK)
    lock = "".join(block.text for block in blocks if block.title == LOCK)
    return Example(title, kind, files, toml, expected, missed, lock)


def _marks(files: dict[str, str], kind: str) -> Marks:
    return {
        (path, number): tuple(sorted(name.strip() for name in found["names"].split(",")))
        for path, text in files.items()
        for number, line in enumerate(text.split("\n"), 1)
        for found in _MARK.finditer(line)
        if found["kind"] == kind
    }
