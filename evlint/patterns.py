"""Gitignore patterns, as .gitignore files, excludes and overrides state them.

pathspec lets a pattern that matches a folder speak for everything below, negated patterns too, so that nested
negations come out otherwise than in git. Here a pattern speaks for one entry, as it does in git.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import msgspec

_WILD = re.compile(r"[*?\[\\/]")
_NEVER = r"(?!)"


class _Pattern(msgspec.Struct, frozen=True):
    """One line: a regular expression on the whole path, or, not `anchored`, on the last name."""

    glob: str
    negated: bool
    folders_only: bool
    anchored: bool


class Patterns:
    """The patterns of one source, relative to one folder; the last that matches decides.

    Most entries match nothing, and most patterns are a plain name or an ending, so these are looked up first:
    a hundred patterns cost some 2 µs an entry.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns = tuple(pattern for line in lines if (pattern := _parse(line)))
        globs = [pattern.glob for pattern in self._patterns if not pattern.anchored]
        self._names = {glob for glob in globs if not _WILD.search(glob)}
        self._endings = tuple(glob[1:] for glob in globs if glob.startswith("*") and not _WILD.search(glob[1:]))
        self._rest = [
            pattern for pattern in self._patterns if pattern.anchored or _WILD.search(pattern.glob.removeprefix("*"))
        ]

    def verdict(self, prefix: str, name: str, *, folder: bool) -> bool | None:
        """Tell whether the entry `name` under `prefix` is covered, or None where no pattern speaks of it."""
        path = prefix + name
        if not (name in self._names or name.endswith(self._endings) or (self._rest and self._any_rest.match(path))):
            return None
        for pattern, expression in self._expressions:
            if (folder or not pattern.folders_only) and expression.match(path if pattern.anchored else name):
                return not pattern.negated
        return None

    def covers(self, path: str, *, folder: bool = False) -> bool:
        """Tell whether `path`, or a folder that it is in, is covered."""
        parts = path.split("/") if path else []
        last = len(parts) - 1
        return any(
            self.verdict("".join(f"{part}/" for part in parts[:index]), name, folder=folder or index < last)
            for index, name in enumerate(parts)
        )

    @cached_property
    def _any_rest(self) -> re.Pattern[str]:
        return re.compile(
            "|".join(
                _expression(item.glob) if item.anchored else f"(?:.*/)?{_expression(item.glob)}" for item in self._rest
            ),
            re.DOTALL,
        )

    @cached_property
    def _expressions(self) -> tuple[tuple[_Pattern, re.Pattern[str]], ...]:
        return tuple(
            (pattern, re.compile(_expression(pattern.glob), re.DOTALL)) for pattern in reversed(self._patterns)
        )


def _parse(line: str) -> _Pattern | None:
    """Read one line; comments and empty lines are no patterns."""
    text = line.rstrip("\r\n")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if text.startswith("#"):
        return None
    body = text.removeprefix("!")
    glob = body.removesuffix("/")
    if not glob:
        return None
    return _Pattern(glob.removeprefix("/"), text != body, glob != body, "/" in glob)


def _expression(glob: str) -> str:
    """Translate a glob; one that is not well formed matches nothing."""
    pieces, at = [], 0
    while at < len(glob):
        starts_segment = at == 0 or glob[at - 1] == "/"
        if starts_segment and glob.startswith("**/", at):
            piece, at = "(?:[^/]+/)*", at + 3
        elif starts_segment and glob[at:] == "**":
            piece, at = ".+", at + 2
        elif glob[at] == "[":
            piece, at = _bracket(glob, at)
        elif glob[at] == "\\":
            piece, at = (re.escape(glob[at + 1]) if at + 1 < len(glob) else _NEVER), at + 2
        else:
            piece, at = {"*": "[^/]*", "?": "[^/]"}.get(glob[at]) or re.escape(glob[at]), at + 1
        pieces.append(piece)
    return f"(?:{''.join(pieces)})\\Z"


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """Translate the bracket expression at `at`, and return where it ends."""
    start = at + 2 if glob[at + 1 : at + 2] in ("!", "^") else at + 1
    end = start + 1
    while end < len(glob) and glob[end] != "]":
        end += 2 if glob[end] == "\\" else 1
    if end >= len(glob):
        return _NEVER, len(glob)
    body = glob[start:end]
    inside = re.sub(r"\\(.)|([][^&~|])", lambda found: re.escape(found[1] or found[2]), body, flags=re.DOTALL)
    expression = f"(?!/)[{'^' if start == at + 2 else ''}{inside}]"
    try:
        re.compile(expression)
    except re.error:  # a range that runs backwards
        return _NEVER, len(glob)
    return expression, end + 1
