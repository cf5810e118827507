"""Add a keyword argument to a call, a decorator or a class."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from evlint.fix.sources import Source
from evlint.model.finding import Edit


def with_keyword(source: Source, called: cst.BaseExpression, name: str, value: str) -> Edit:
    """Call with `name=value`, whatever was given for it before; a mere name is called for the first time."""
    if not isinstance(called, cst.Call):
        return source.inserted(source.span(called)[1], f"({name}={value})")
    if called.args:
        return among(source, called.args, name, value)
    return source.inserted(source.span(called)[1] - 1, f"{name}={value}")


def among(source: Source, arguments: Sequence[cst.Arg], name: str, value: str) -> Edit:
    """Have `name=value` among arguments, of which there are some."""
    for argument in arguments:
        if argument.keyword is not None and argument.keyword.value == name:
            return source.replaced(argument.value, value)
    return source.inserted(end_of(source, arguments[-1].value), f", {name}={value}")


def end_of(source: Source, expression: cst.BaseExpression) -> int:
    """Where an expression ends, the parentheses around it included."""
    _, end = source.span(expression)
    for _ in expression.rpar:
        end = source.text.index(")", end) + 1
    return end


def assigned_default(source: Source, call: cst.Call) -> tuple[bool, cst.BaseExpression] | None:
    """What a call that declares a field says of its default, and whether that makes it; None where it has none."""
    for argument in call.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in ("default_factory", "factory"):
            return True, argument.value
        if keyword == "default" or not (keyword or argument.star):
            is_factory = source.written(call.func).rpartition(".")[2] == "Factory"
            return is_factory, argument.value
    return None
