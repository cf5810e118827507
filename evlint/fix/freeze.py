"""Freeze events, each framework's way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from evlint.fix.classes import NEUTRAL, Definition, assigns, defined, derived, find, is_handed_out
from evlint.fix.keywords import among, with_keyword
from evlint.fix.patient import Impossible, Patient
from evlint.model.finding import Edit
from evlint.words.paths import is_test

DATACLASS = frozenset({"dataclass"})
ATTRS = frozenset({"define", "mutable", "s", "attrs", "attributes", "dataclass"})
Place = tuple[str, str]
OWN = {"pydantic": ("pydantic.",), "msgspec": ("msgspec.",)}


def freeze(patient: Patient) -> Iterator[Edit]:
    """Freeze the class of an event; dataclasses and those they derive from, or that derive from them, all together."""
    event = patient.event
    foreign = [base for base in event.foreign if not base.startswith((*NEUTRAL, *OWN.get(event.form, ())))]
    if foreign and event.form == "dataclass":
        raise Impossible(f"its base class `{foreign[0]}` is defined elsewhere")
    if foreign:
        patient.doubt()
    source = patient.source
    node = source.node_at(patient.finding.location.span, cst.ClassDef, whole=False)
    own = Definition(source, node)
    line = [own, *(find(patient.sources, base) for base in event.bases if base not in event.foreign)]
    for definition in line:
        definition.refuse_changes()
    if assigns(patient.sources, frozenset(field.name for field in event.fields), event.name):
        patient.doubt()
    if event.form == "dataclass":
        for definition in _family(patient, line):
            if definition.assigned("__slots__"):
                # Such an instance is copied by assigning to it.
                raise Impossible(f"`{definition.name}` names its slots itself")
            yield _decorated(definition, DATACLASS)
    elif event.form == "attrs":
        if "on_setattr" in source.written(node):
            raise Impossible("it has hooks for assignments")
        yield _decorated(own, ATTRS)
    elif event.form == "pydantic":
        yield _configured(own)
    else:
        yield among(source, (*node.bases, *node.keywords), "frozen", "True")


def _decorated(definition: Definition, names: frozenset[str]) -> Edit:
    decorator = definition.decorator(names)
    if decorator is None:
        raise Impossible(f"`{definition.name}` has another decorator")
    return with_keyword(definition.source, decorator, "frozen", "True")


def _family(patient: Patient, line: list[Definition]) -> list[Definition]:
    """The dataclasses that must be frozen together, because none may derive from one that is not."""
    family = {item.place: item for item in line if item.decorator(DATACLASS) is not None}
    bases: set[Place] = set()
    waiting = list(family.values())
    while waiting:
        base = waiting.pop()
        for definition in derived(patient.sources, base):
            bases.add(base.place)
            if definition.place in family:
                continue
            definition.refuse_changes()
            if definition.decorator(DATACLASS) is not None:
                _refuse_strangers(definition, family)
                family[definition.place] = definition
            waiting.append(definition)
    if any(definition.place not in {item.place for item in line} for definition in family.values()):
        fields = frozenset(
            definition.source.written(item.target) for definition in family.values() for item in definition.annotated()
        )
        if assigns(patient.sources, fields, patient.event.name):
            patient.doubt()
    if _is_for_others(patient, family, bases):
        patient.doubt()
    return list(family.values())


def _is_for_others(patient: Patient, family: Mapping[Place, Definition], bases: set[Place]) -> bool:
    """Whether dataclasses of other programs derive from the family: they would have to be frozen as well."""
    own = {place: item for place, item in family.items() if not is_test(item.source.path)}
    offered = [item for place, item in own.items() if place in bases]
    return bool(offered) and (own.keys() <= bases or any(is_handed_out(patient.sources, item) for item in offered))


def _refuse_strangers(definition: Definition, family: Mapping[Place, Definition]) -> None:
    """A dataclass with two bases must have both frozen."""
    known = {name for _, name in family} | {"ABC", "Generic", "Protocol", "object"}
    for base in definition.base_names():
        name = base.rpartition(".")[2]
        plain = [item for item in defined(definition.source, name) if item.decorator(DATACLASS) is None]
        for item in plain:
            item.refuse_changes()
        if name not in known and not plain:
            raise Impossible(f"`{definition.name}` derives from `{base}` as well")


def _configured(definition: Definition) -> Edit:
    """Freeze a pydantic model where it is configured, or else where it is declared."""
    source = definition.source
    config = definition.inner("Config")
    if config is not None:
        return _in_config(Definition(source, config))
    given = definition.assigned("model_config")
    if not given:
        return among(source, (*definition.node.bases, *definition.node.keywords), "frozen", "True")
    value = given[-1]
    if isinstance(value, cst.Call):
        return with_keyword(source, value, "frozen", "True")
    if isinstance(value, cst.Dict):
        return _in_dict(definition, value)
    raise Impossible(f"`{definition.name}` takes its configuration from elsewhere")


def _in_dict(definition: Definition, value: cst.Dict) -> Edit:
    source = definition.source
    for element in value.elements:
        if isinstance(element, cst.DictElement) and source.written(element.key).strip("\"'") == "frozen":
            return source.replaced(element.value, "True")
    first = next(iter(value.elements), None)
    if isinstance(first, cst.DictElement):
        return source.inserted(source.span(first.key)[0], '"frozen": True, ')
    if first is None:
        return source.replaced(value, '{"frozen": True}')
    raise Impossible(f"`{definition.name}` takes its configuration from elsewhere")


def _in_config(config: Definition) -> Edit:
    source = config.source
    for name, value in (("frozen", "True"), ("allow_mutation", "False")):
        given = config.assigned(name)
        if given:
            return source.replaced(given[-1], value)
    first = config.node.body.body[0]
    if not isinstance(config.node.body, cst.IndentedBlock):
        raise Impossible("its configuration stands on one line")
    start, _ = source.span(first)
    indentation = source.text[source.line_start(start) : start]
    if indentation.strip():
        raise Impossible("its configuration begins with another definition")
    return source.inserted(start, f"frozen = True{source.newline}{indentation}")
