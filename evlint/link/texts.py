"""Strings put together from known and unknown parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from evlint.link.values import Frame, Text
from evlint.model.facts import Call, Expression

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

HOLE = "{}"
_FIELD = re.compile(r"\{[^{}]*\}")
_PERCENT = re.compile(r"%(\([^)]*\))?[-+ #0]*\d*(?:\.\d+)?[sdrfi]")


def joined(evaluator: Evaluator, parts: tuple[Expression, ...], frame: Frame) -> Text:
    """The parts side by side, `{}` for each that is not known."""
    if len(parts) == 1:
        known = one_text(evaluator, parts[0], frame)
        if known is not None:
            return known
    pieces = [one_text(evaluator, part, frame) for part in parts]
    return Text(collapsed("".join(piece.value if piece else HOLE for piece in pieces)))


def one_text(evaluator: Evaluator, node: Expression, frame: Frame) -> Text | None:
    """The text of `node` if it can only be one."""
    texts = [value for value in evaluator.values(node, frame) if isinstance(value, Text)]
    return texts[0] if len(texts) == 1 else None


def filled(evaluator: Evaluator, text: str, call: Call, frame: Frame) -> str:
    """A `str.format` template with what its call gives, and holes where that is not known."""
    plain = iter([item.value for item in call.args if not item.keyword and not item.star])
    given = {item.keyword: item.value for item in call.args if item.keyword}

    def field(found: re.Match[str]) -> str:
        name = found[0][1:-1]
        node = next(plain, None) if not name else given.get(name)
        known = one_text(evaluator, node, frame) if node is not None else None
        return known.value if known is not None else HOLE

    return collapsed(_FIELD.sub(field, text))


def percent_template(text: str) -> str:
    """A `%` template with its fields as holes."""
    return collapsed(_PERCENT.sub(HOLE, text))


def collapsed(text: str) -> str:
    """Neighbouring holes are one."""
    while HOLE * 2 in text:
        text = text.replace(HOLE * 2, HOLE)
    return text
