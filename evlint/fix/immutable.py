"""Hold in events what cannot be changed: tuples, frozensets, mappings that are only read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from evlint.fix.calls import constructions, converted, given, is_seen_as_none
from evlint.fix.classes import Definition, defined
from evlint.fix.imports import imported
from evlint.fix.keywords import assigned_default
from evlint.fix.patient import Impossible, Patient
from evlint.fix.sources import Source
from evlint.model.finding import Edit
from evlint.model.program import EventType, Field

KINDS = {
    **dict.fromkeys(("list", "List", "MutableSequence", "deque"), "tuple"),
    **dict.fromkeys(("set", "Set", "MutableSet"), "frozenset"),
    **dict.fromkeys(("dict", "Dict", "MutableMapping", "defaultdict", "OrderedDict"), "Mapping"),
    "bytearray": "bytes",
}
CHANGING = "append|extend|insert|remove|pop|popitem|clear|sort|reverse|add|discard|update|setdefault|appendleft|copy"


def immutable(patient: Patient) -> Iterator[Edit]:
    """Change the type of a field, its default, and what is given for it wherever the event is made."""
    name = patient.cure.words[0]
    field = next(item for item in patient.event.fields if item.name == name)
    source = patient.sources.at(field.location.path)
    owner = _owner(source, field)
    statement = next((item for item in owner.annotated() if source.written(item.target) == name), None)
    if statement is None:
        raise Impossible("its type is not written with it")
    _refuse_changes(patient, name)
    kinds, edits = _types(source, statement.annotation.annotation)
    yield from edits
    if "Mapping" in kinds:
        yield from imported(source, "collections.abc", "Mapping")
    kind = kinds[0]
    if kind == "Mapping":
        return
    if kind == "tuple":
        _refuse_lists(patient, name)
    if statement.value is not None:
        yield from _default(source, statement.value, kind)
    if patient.event.form != "pydantic":
        yield from _given(patient, owner, field, kind)


def _owner(source: Source, field: Field) -> Definition:
    start, _ = source.offsets(field.location.span)
    for definition in defined(source, field.declared_in.rpartition(".")[2]):
        first, last = source.span(definition.node)
        if first <= start < last:
            return definition
    raise Impossible("the class that declares it was not found")


def _refuse_changes(patient: Patient, name: str) -> None:
    pattern = re.compile(
        rf"\.{name}\s*(?:\.\s*(?:{CHANGING})\(|\[[^\]\n]*\]\s*(?:=(?!=)|[-+*/|&^]=)|[-+*/|&^]=)".encode()
    )
    source = next(iter(patient.sources.matching(pattern)), None)
    if source is not None:
        raise Impossible(f"`{source.path}` changes what `{name}` holds")


def _refuse_lists(patient: Patient, name: str) -> None:
    """A tuple is no list to `==`, `+` and `isinstance`."""
    pattern = re.compile(
        rf"\.{name}\s*(?:==|!=|\+)\s*\[|\]\s*(?:==|!=|\+)\s*[\w.]*\.{name}\b|isinstance\([\w.]+\.{name},\s*\(?list\b".encode()
    )
    source = next(iter(patient.sources.matching(pattern)), None)
    if source is not None:
        raise Impossible(f"`{source.path}` takes `{name}` for a list")


def _types(source: Source, annotation: cst.BaseExpression) -> tuple[list[str], list[Edit]]:
    """Which immutable types an annotation takes, the outermost first, and the edits."""
    kinds: list[str] = []
    edits: list[Edit] = []

    def visit(node: cst.CSTNode) -> None:
        if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
            raise Impossible("its type is written as a text")
        if isinstance(node, cst.Name | cst.Attribute):
            kind = KINDS.get(source.written(node).rpartition(".")[2])
            if kind is not None:
                kinds.append(kind)
                edits.append(source.replaced(node, kind))
            return None
        if isinstance(node, cst.Subscript) and source.written(node.value).rpartition(".")[2] in (
            "Literal",
            "Annotated",
        ):
            return visit(node.slice[0]) if source.written(node.value).endswith("Annotated") else None
        before = len(kinds)
        for child in node.children:
            if child is getattr(node, "value", None) and isinstance(node, cst.Subscript):
                visit(child)
                if len(kinds) > before and kinds[-1] == "tuple" and len(node.slice) == 1:
                    edits.append(source.inserted(source.span(node.slice[0])[1], ", ..."))
            else:
                visit(child)
        return None

    visit(annotation)
    if not kinds:
        raise Impossible("its type has no immutable sister")
    return kinds, edits


def _default(source: Source, value: cst.BaseExpression, kind: str) -> Iterator[Edit]:
    """A default of the immutable kind, or a factory that makes one."""
    if isinstance(value, cst.Call) and source.written(value.func).rpartition(".")[2] in (
        "field",
        "Field",
        "ib",
        "attrib",
        "Factory",
    ):
        stated = assigned_default(source, value)
        if stated is None:
            return
        is_factory, inner = stated
        if not is_factory:
            yield from _default(source, inner, kind)
        elif isinstance(inner, cst.Lambda):
            for node, text in converted(source, inner.body, kind, optional=False):
                yield source.replaced(node, text)
        elif source.written(inner).rpartition(".")[2] in KINDS:
            yield source.replaced(inner, kind)
        else:
            raise Impossible("nobody knows what its factory makes")
        return
    if isinstance(value, cst.Call) and not value.args and source.written(value.func) in KINDS:
        yield source.replaced(value.func, kind)
        return
    if isinstance(value, cst.Ellipsis):
        return
    for node, text in converted(source, value, kind, optional=False):
        yield source.replaced(node, text)


def _given(patient: Patient, owner: Definition, field: Field, kind: str) -> Iterator[Edit]:
    """What the calls give that make the event, or another that inherits the field."""
    optional = "None" in field.type or "Optional" in field.type
    for event in patient.program.events:
        own = next((item for item in event.fields if item.location == field.location and item.name == field.name), None)
        if own is None or event.location is None:
            continue
        position = None if patient.event.form == "plain" else _position(event, field.name)
        source = patient.sources.at(event.location.path)
        for definition in defined(source, event.location.symbol.rpartition(".")[2] or event.name):
            for where, call in constructions(patient.sources, definition):
                argument = given(call, field.name, position)
                if argument is not None:
                    may_be_none = optional or is_seen_as_none(where, argument.value)
                    for node, text in converted(where, argument.value, kind, optional=may_be_none):
                        yield where.replaced(node, text)


def _position(event: EventType, name: str) -> int:
    return [field.name for field in event.fields].index(name)
