"""Write the comments that `comments` reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from evlint.extract.comments import statement_lines
from evlint.extract.decode import decode, encoded
from evlint.extract.positions import tokens_of
from evlint.model.facts import Failure

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_INDENTATION = re.compile(r"[ \t\f]*")
_NEWLINE = re.compile(r"(?:\r\n?|\n)\Z")


class Accepted(NamedTuple):
    """The file with its new comments, how many these are, and how many findings they accept."""

    data: bytes
    comments: int
    findings: int


def accept(data: bytes, codes: Mapping[int, tuple[str, ...]], reason: str) -> Accepted:
    """Put a comment above each statement with findings; `codes` are theirs, by the line that they start on.

    A line of its own is never too long, and never inside of anything. What cannot be written stays as it is.
    """
    source = decode(data)
    if isinstance(source, Failure):
        return Accepted(data, 0, 0)
    starts: dict[int, set[str]] = {}
    findings = 0
    for first, last in statement_lines(source, tokens_of(source)):
        found = [code for line in range(first, last + 1) for code in codes.get(line, ())]
        if found:
            findings += len(found)
            starts[first] = set(found)
    written = "".join(
        _above(line, starts.get(number), reason) + line for number, line in enumerate(_LINE.findall(source), 1)
    )
    after = encoded(written, data)
    if after is None or encoded(source, data) != data:
        return Accepted(data, 0, 0)
    return Accepted(after, len(starts), findings)


def _above(line: str, codes: set[str] | None, reason: str) -> str:
    if codes is None:
        return ""
    indentation, newline = _INDENTATION.match(line), _NEWLINE.search(line)
    assert indentation
    comment = f"# evlint: ignore[{', '.join(sorted(codes))}] {reason}"
    return f"{indentation[0]}{comment}{newline[0] if newline else chr(10)}"
