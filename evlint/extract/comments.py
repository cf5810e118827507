"""Find the comments that accept findings, and the statements they cover."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import NamedTuple

from evlint.extract.positions import Lines, offsets_of
from evlint.model.facts import Suppression

# Brackets that are empty or never closed make no suppression, rather than one of everything.
_EVLINT = re.compile(
    r"\#\s*evlint:\s*ignore (?P<file>-file)? (?![\w-]) (?: \s*\[\s*(?P<codes>[^]\s][^]]*)\] | (?!\s*\[) )"
    r"(?P<reason>.*?) (?=\s\#\s|$)",
    re.VERBOSE,
)
_CODE = r"[A-Za-z]+[0-9]+"
_NOQA = re.compile(
    rf"\#\s*noqa\b (?: \s*:\s*(?P<codes>{_CODE}(?:[,\s]+{_CODE}\b)*) )? (?P<reason>.*?) (?=\s\#\s|$)",
    re.VERBOSE | re.IGNORECASE,
)
_PREFIX = "EVL"
_SEPARATOR = re.compile(r"[,\s]+")


class _Comment(NamedTuple):
    """A comment with the lines of the statement that it covers; one on a line of its own `leads` the next statement."""

    text: str
    offset: int
    leads: bool
    first_line: int
    last_line: int


class _Statement(NamedTuple):
    """The tokens of a logical line: the first one, and the newline after the last."""

    first: int
    newline: int
    word: str


def suppressions(source: str, tokens: list[str]) -> tuple[Suppression, ...]:
    """The suppressions of a file, in order."""
    lines = Lines(source)
    return tuple(found for comment in _comments(tokens, lines) for found in _suppressions(comment, lines))


def statement_lines(source: str, tokens: list[str]) -> Iterator[tuple[int, int]]:
    """The first and last line of each statement that a comment may speak of, decorators included."""
    lines = Lines(source)
    offsets = offsets_of(tokens)
    for first, newline, _ in _decorated(_statements(tokens)):
        yield lines.position(offsets[first])[0], lines.position(offsets[newline])[0]


def without(text: str, words: Collection[str]) -> str:
    """The comment of a suppression without these of its codes; nothing where no code is left."""
    match = _EVLINT.search(text) or _NOQA.search(text)
    assert match
    left = [code for code in _codes(match) if code not in words]
    if not left:
        return ""
    start, end = match.span("codes")
    return f"{text[:start]}{', '.join(left)}{text[end:]}"


def _suppressions(comment: _Comment, lines: Lines) -> Iterator[Suppression]:
    for match in _EVLINT.finditer(comment.text):
        if comment.leads or not match["file"]:
            yield _suppression(comment, match, lines, _codes(match))
    foreign = _NOQA.search(comment.text)
    if foreign is None:
        return
    codes = tuple(code for code in _codes(foreign) if code.upper().startswith(_PREFIX))
    # Linters know no noqa for the next line: a bare one is not meant for us.
    if codes or not (foreign["codes"] or comment.leads):
        yield _suppression(comment, foreign, lines, codes)


def _codes(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(filter(None, _SEPARATOR.split(match["codes"] or "")))


def _suppression(comment: _Comment, match: re.Match[str], lines: Lines, codes: tuple[str, ...]) -> Suppression:
    is_evlint = match.re is _EVLINT
    return Suppression(
        codes,
        match["reason"].strip(" \t:-—"),
        "file" if is_evlint and match["file"] else "statement",
        comment.first_line,
        comment.last_line,
        lines.span(comment.offset + match.start(), comment.offset + len(match.group().rstrip()) + match.start()),
        "evlint" if is_evlint else "noqa",
    )


def _comments(tokens: list[str], lines: Lines) -> Iterator[_Comment]:
    """All comments; one after the last statement covers its own line."""
    offsets = offsets_of(tokens)
    statements = _decorated(_statements(tokens))
    newlines = [statement.newline for statement in statements]
    for index, token in enumerate(tokens):
        if token[0] != "#":
            continue
        number = bisect_left(newlines, index)
        if number == len(statements):
            line, _ = lines.position(offsets[index])
            yield _Comment(token, offsets[index], True, line, line)
            continue
        first, newline, _ = statements[number]
        first_line, _ = lines.position(offsets[first])
        last_line, _ = lines.position(offsets[newline])
        yield _Comment(token, offsets[index], index < first, first_line, last_line)


def _statements(tokens: list[str]) -> Iterator[_Statement]:
    """The logical lines; a compound statement's is its header."""
    first: int | None = None
    depth = 0
    for index, token in enumerate(tokens):
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        if token[0] not in " \t\f\r\n\\#":
            first = index if first is None else first
        elif first is not None and depth == 0 and token[0] in "\r\n":
            yield _Statement(first, index, tokens[first])
            first = None
    if first is not None:
        yield _Statement(first, len(tokens), tokens[first])


def _decorated(statements: Iterator[_Statement]) -> list[_Statement]:
    """Join decorators with the header of what they decorate."""
    found: list[_Statement] = []
    for statement in statements:
        # A decorator's decorator leaves the word as it is, the definition ends the series.
        first = found.pop().first if found and found[-1].word == "@" else statement.first
        found.append(statement._replace(first=first))
    return found
