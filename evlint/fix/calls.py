"""Where a class is called, and what is given for one of its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from evlint.fix.classes import Definition, means
from evlint.fix.sources import Impossible, Source, Sources


def constructions(sources: Sources, definition: Definition) -> Iterator[tuple[Source, cst.Call]]:
    """The calls that make an instance of a class.

    Raises:
        Impossible: It cannot be known whether one does.
    """
    name = definition.name
    for source in sources.matching(re.compile(rb"\b" + re.escape(name.encode()) + rb"\s*\(")):
        for call in source.nodes(cst.Call):
            if source.written(call.func).rpartition(".")[2] == name and means(sources, source, definition):
                yield source, call


def given(call: cst.Call, field: str, position: int | None) -> cst.Arg | None:
    """The argument that a call gives for a field, by name or at a position.

    Raises:
        Impossible: It may stand among what is unpacked.
    """
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == field:
            return argument
    if position is not None and position < len(call.args):
        before = call.args[: position + 1]
        if all(argument.keyword is None and not argument.star for argument in before):
            return before[-1]
    if any(argument.star for argument in call.args):
        raise Impossible("it is made of unpacked arguments")
    return None


def is_seen_as_none(source: Source, value: cst.BaseExpression) -> bool:
    """Whether the file gives None to a variable, says that it may be, or asks, whatever the field's type promises."""
    if not isinstance(value, cst.Name | cst.Attribute):
        return False
    name = rf"(?<![\w.]){re.escape(source.written(value))}"
    told = rf"{name}\s*(?:is\s+(?:not\s+)?None\b|(?::[^=\n]*)?=\s*None\b|:[^=,\n]*(?:\bNone\b|\bOptional\b))"
    return re.search(told, source.text) is not None


def converted(
    source: Source, value: cst.BaseExpression, kind: str, *, optional: bool
) -> Sequence[tuple[cst.CSTNode, str]]:
    """The expression as one of the immutable `kind`: which nodes are replaced by what; none where it is one already."""
    written = source.written(value)
    if isinstance(value, cst.Name) and written == "None":
        return ()
    if isinstance(value, cst.Tuple) or (isinstance(value, cst.Call) and source.written(value.func) == kind):
        return ()
    if isinstance(value, cst.List | cst.Set | cst.ListComp | cst.SetComp | cst.GeneratorExp) or not optional:
        return ((value, _literal(source, value, kind)),)
    if isinstance(value, cst.Name | cst.Attribute):
        return ((value, f"None if {written} is None else {kind}({written})"),)
    raise Impossible(f"`{' '.join(written.split())}` may be None")


def _literal(source: Source, value: cst.BaseExpression, kind: str) -> str:
    written = source.written(value)
    if isinstance(value, cst.List) and kind == "tuple" and not value.lpar:
        inside = written[1:-1]
        if not value.elements:
            return f"({inside})"
        # One alone needs its comma.
        single = len(value.elements) == 1 and not isinstance(value.elements[0].comma, cst.Comma)
        return f"({inside}{',' if single else ''})"
    if isinstance(value, cst.List | cst.Set) and not value.elements:
        return f"{kind}()"
    if isinstance(value, cst.ListComp | cst.SetComp) and not value.lpar:
        return f"{kind}({written[1:-1]})"
    return f"{kind}({written})"
