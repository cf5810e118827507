"""The lines of analysed files, for reports to show."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from evlint.report.context import Source


def source_lines(stdin: tuple[str, bytes] | None) -> Source:
    """Make the function that reads the lines of a file; what was on standard input is not read from disk."""

    @cache
    def lines(path: str) -> tuple[str, ...] | None:
        try:
            data = stdin[1] if stdin and stdin[0] == path else Path(path).read_bytes()
        except (OSError, ValueError):
            return None
        return tuple(_decode(data).replace("\r\n", "\n").replace("\r", "\n").split("\n"))

    return lines


def _decode(data: bytes) -> str:
    from tokenize import detect_encoding

    try:
        encoding, _ = detect_encoding(BytesIO(data).readline)
        return data.decode(encoding, "replace")
    except (SyntaxError, LookupError):  # a file that could not be read is shown as well as may be
        return data.decode("utf-8", "replace")
