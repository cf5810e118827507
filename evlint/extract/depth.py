"""Refuse what is nested too deeply for the parser, before it gets there.

libcst ends the process at some 1,200 nested brackets, and its time grows with the square of a chain of operators.
"""

import re

from evlint.extract.positions import Lines
from evlint.model.facts import Failure

# CPython's own limit.
MAXIMUM_BRACKETS = 200
# Links of one chain and of all those that it stands in; 1,000 calls in a chain take libcst 2 s.
MAXIMUM_DEPTH = 1_000
# Strings side by side; libcst stops at 3,000.
MAXIMUM_PIECES = 2_500
REASON = "nested too deeply"

_LINKS = frozenset(". + - * / % & | ^ ~ @ ** // << >> and or not else lambda await".split())
_COUNTED = _LINKS.union("()[]{},;", ("\n", "\r\n", "\r"))
_BRANCH = re.compile(r"^([ \t\f]*)(if|elif)\b", re.MULTILINE)
_NO_SIGNS = bytes(set(range(256)) - set(b".+-*/%&|^~@<>([{\"'"))
_LINK_WORDS = (b" and ", b" or ", b"not ", b" else ", b"lambda", b"await ", b"elif")
_STATEMENT = re.compile(rb"\n[ \t]*(?:async|class|def|import|raise|return|try|while|with)\b")


def may_be_deep(data: bytes) -> bool:
    """Tell cheaply whether a file can be too deep: whether some stretch without a new statement is that rich in signs."""
    return _signs(data) > MAXIMUM_DEPTH and (
        data.count(b"elif") > MAXIMUM_DEPTH or any(_signs(part) > MAXIMUM_DEPTH for part in _STATEMENT.split(data))
    )


def _signs(data: bytes) -> int:
    return len(data.translate(None, _NO_SIGNS)) + sum(map(data.count, _LINK_WORDS))


def check_depth(source: str, tokens: list[str]) -> Failure | None:
    """Refuse a source text that is deeper than the parser can bear.

    Decides by tokens, so that it holds for files that nothing can parse.
    """
    deep = _deep_token(tokens)
    if deep is None:
        deep = _deep_pieces(source, tokens)
    if deep is not None:
        return Failure(REASON, *Lines(source).position(sum(map(len, tokens[:deep]))))
    return _deep_branches(source)


def _deep_token(tokens: list[str]) -> int | None:
    """The first token that opens one bracket or adds one link too many."""
    open_chains: list[int] = []
    links = total = 0
    for index, token in enumerate(tokens):
        if token not in _COUNTED:
            continue
        if token in _LINKS:
            links += 1
            total += 1
        elif token in "([{":
            # A bracket is a link as well: calls and subscripts make chains.
            open_chains.append(links + 1)
            links = 0
            total += 1
        elif token in ")]}":
            total -= links
            links = open_chains.pop() if open_chains else 0
        elif token in ",;" or not open_chains:
            total -= links
            links = 0
        if total > MAXIMUM_DEPTH or len(open_chains) > MAXIMUM_BRACKETS:
            return index
    return None


def _deep_pieces(source: str, tokens: list[str]) -> int | None:
    """The first string that has too many strings to its left."""
    if source.count('"') + source.count("'") <= 2 * MAXIMUM_PIECES:
        return None
    pieces = 0
    for index, token in enumerate(tokens):
        if token[-1] in "\"'":
            pieces += 1
            if pieces > MAXIMUM_PIECES:
                return index
        elif token[0] not in " \t\f\r\n\\#":
            pieces = 0
    return None


def _deep_branches(source: str) -> Failure | None:
    """Refuse too many `elif` of one `if`."""
    if source.count("elif") <= MAXIMUM_DEPTH:
        return None
    counts: dict[str, int] = {}
    for match in _BRANCH.finditer(source):
        indent, word = match.groups()
        counts[indent] = counts.get(indent, 0) + 1 if word == "elif" else 0
        if counts[indent] > MAXIMUM_DEPTH:
            return Failure(REASON, *Lines(source).position(match.start(2)))
    return None
