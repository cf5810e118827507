"""A page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MARK = "<!-- Written by `evlint docs`. Change the code, not this page. -->"


def document(title: str, *blocks: Iterable[str]) -> str:
    """A page: the title, and blocks of lines with a blank line between them."""
    return "\n".join(_lines(title, blocks))


def _lines(title: str, blocks: Iterable[Iterable[str]]) -> Iterator[str]:
    yield MARK
    yield ""
    yield f"# {title}"
    for block in blocks:
        lines = list(block)
        if lines:
            yield ""
            yield from lines
    yield ""
