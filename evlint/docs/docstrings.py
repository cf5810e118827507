"""What a docstring says in prose."""

from __future__ import annotations

import re
from inspect import cleandoc

_SECTION = re.compile(
    r"^(?:Attributes|Args|Arguments|Fields|Parameters|Returns|Raises|Examples?|Notes?|See Also|Warnings?|References):?\s*$"
    r"|^\s*:(?:ivar|param|var|attribute|raises?|returns?)\b|^-{3,}$|^={3,}$|^>>> "
)


def paragraphs(docstring: str) -> tuple[str, ...]:
    """The paragraphs up to the first section, which tables say better, each on one line."""
    found: list[str] = []
    for paragraph in cleandoc(docstring).split("\n\n"):
        if any(_SECTION.match(line) for line in paragraph.splitlines()):
            break
        if paragraph.strip():
            found.append(" ".join(paragraph.split()))
    return tuple(found)


def first_sentence(docstring: str) -> str:
    """The first sentence, on one line."""
    first = next(iter(paragraphs(docstring)), "")
    end = first.find(". ")
    return first if end < 0 else first[: end + 1]
