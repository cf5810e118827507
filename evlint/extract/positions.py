"""Find where the nodes of a tree stand, by aligning them with the tokens of the source.

libcst's own positions cost more than its parse, so the source is cut into tokens once and matched with the marks
that the walk expects. A file in which the two do not agree is left to libcst.
"""

import keyword
import re
from bisect import bisect_right
from itertools import accumulate

from evlint.model.source import Span

_NEWLINE = re.compile(r"\r\n?|\n")
_TOKEN = re.compile(
    r"""
      [ \t\f]+ | \\\r?\n | \r\n? | \n
    | (?:[bB][rR]? | [rR][bBfFtT]? | [uU] | [fFtT][rR]?)?
      (?:
        \"{3} [^"\\]* (?: (?: \\(?:\r\n|.) | "(?!"") ) [^"\\]* )* \"{3}
      | '{3} [^'\\]* (?: (?: \\(?:\r\n|.) | '(?!'') ) [^'\\]* )* '{3}
      | (?<=[fFtTrR]) " [^"\\\r\n{]*
          (?: (?: \\(?:\r\n|.) | \{\{ | \{ (?: [^{}\r\n] | \{ [^{}\r\n]* \} )* \} ) [^"\\\r\n{]* )* "
      | (?<=[fFtTrR]) ' [^'\\\r\n{]*
          (?: (?: \\(?:\r\n|.) | \{\{ | \{ (?: [^{}\r\n] | \{ [^{}\r\n]* \} )* \} ) [^'\\\r\n{]* )* '
      | " [^"\\\r\n]* (?: \\(?:\r\n|.) [^"\\\r\n]* )* "
      | ' [^'\\\r\n]* (?: \\(?:\r\n|.) [^'\\\r\n]* )* '
      )
    | [^\W\d]\w*
    | \#[^\r\n]*
    | 0[xX][\da-fA-F_]+ | 0[bBoO][\d_]+
    | (?: \d[\d_]*\.?[\d_]* | \.\d[\d_]* ) (?: [eE][+-]?\d[\d_]* )? [jJ]?
    | \.\.\. | -> | := | \*\*=? | //=? | >>=? | <<=? | != | <> | [-+*/%&|^=<>@]=?
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_SKIPPED = frozenset(keyword.kwlist) | frozenset(
    "... . , : ; -> := ** **= // //= >> >>= << <<= != <> + - * / % & | ^ = < > @ ~"
    " += -= *= /= %= &= |= ^= == <= >= @= \n \r \r\n \\\n \\\r\n".split(" ")
)
FORMATTED = "\0"
_TRIVIA = " \t\f\r\n\\#"


def tokens_of(source: str) -> list[str]:
    """Cut source into tokens that, joined, give it back: blanks, newlines and comments are tokens too."""
    return _TOKEN.findall(source)


def align(tokens: list[str], marks: list[str]) -> list[int] | None:
    """The index of the token that each mark stands for, or None if they disagree.

    Only keywords, operators and trivia may stand between two marks, so that an agreement is a proof.
    """
    found: list[int] = []
    index = -1
    end = len(tokens)
    for mark in marks:
        index += 1
        while index < end:
            token = tokens[index]
            if token == mark or _stands_for(token, mark):
                break
            if token not in _SKIPPED and token[0] not in _TRIVIA:
                return None
            index += 1
        else:
            return None
        found.append(index)
    return found


def _stands_for(token: str, mark: str) -> bool:
    """Whether a token is an f-string that starts like its mark, or the `elif` of an inner `if`."""
    return token.startswith(mark[1:]) if mark[0] == FORMATTED else token == "elif" and mark == "if"


class Lines:
    """The lines of a source text, to turn offsets into positions."""

    def __init__(self, source: str) -> None:
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(source))]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a position."""
        return self._starts[line - 1] + column - 1

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(*self.position(start), *self.position(end))


def offsets_of(tokens: list[str]) -> list[int]:
    """Where each token starts, and where the last one ends."""
    return [0, *accumulate(map(len, tokens))]
