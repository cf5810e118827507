"""Rename an event across the program."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from evlint.fix.classes import refuse_namesakes
from evlint.fix.patient import Impossible, Patient
from evlint.fix.sources import Source
from evlint.model.finding import Edit


def rename(patient: Patient) -> Iterator[Edit]:
    """Call the class of an event by another name wherever it is named."""
    old = patient.event.name
    (new,) = patient.cure.words
    taken = next(iter(patient.sources.matching(_word(new))), None)
    if taken is not None:
        raise Impossible(f"`{taken.path}` has a `{new}` already")
    refuse_namesakes(patient.sources, old)
    for source in patient.sources.matching(_word(old)):
        for name in source.nodes(cst.Name):
            if name.value == old and _means(source, name):
                yield source.replaced(name, new)
        for text in source.nodes(cst.SimpleString):
            if _says(text, old) and _is_name(source, text, old):
                yield source.replaced(text, re.sub(rf"\b{old}\b", new, text.value))


def _word(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")


def _means(source: Source, name: cst.Name) -> bool:
    """Whether a name means the class.

    Raises:
        Impossible: Nobody knows, or something else has the name as well.
    """
    parent = next(source.parents(name))
    if isinstance(parent, cst.Arg) and parent.keyword is name:
        return False
    if isinstance(parent, cst.Attribute) and parent.attr is name:
        if _is_imported(source, parent.value):
            return True
        raise Impossible(f"`{source.written(parent)}` in `{source.path}` may be something else")
    bound: cst.CSTNode | None = None
    if isinstance(parent, cst.Param | cst.FunctionDef | cst.AsName):
        bound = parent.name
    elif isinstance(parent, cst.AssignTarget | cst.AnnAssign):
        bound = parent.target
    if bound is name or (isinstance(parent, cst.ImportAlias) and isinstance(next(source.parents(parent)), cst.Import)):
        raise Impossible(f"`{source.path}` has something else of the name")
    return True


def _is_imported(source: Source, owner: cst.BaseExpression) -> bool:
    first = source.written(owner).partition(".")[0]
    return any(
        source.written(alias.asname.name if alias.asname else alias.name).partition(".")[0] == first
        for alias in source.nodes(cst.ImportAlias)
    )


def _says(text: cst.SimpleString, name: str) -> bool:
    value = text.evaluated_value
    return isinstance(value, str) and (
        value == name or bool(re.fullmatch(rf"[\w.\[\], |]*\b{name}\b[\w.\[\], |]*", value))
    )


def _is_name(source: Source, text: cst.SimpleString, name: str) -> bool:
    """Whether a text is an annotation or an export.

    Raises:
        Impossible: It may be what is sent.
    """
    for outer in source.parents(text):
        if isinstance(outer, cst.Annotation):
            return True
        if isinstance(outer, cst.Assign) and any(source.written(item.target) == "__all__" for item in outer.targets):
            return True
    if text.evaluated_value == name:
        raise Impossible(f"`{source.path}` has the name as a text")
    return False
