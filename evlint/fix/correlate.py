"""Let events carry the id of the action that they belong to, and hand it on."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from evlint.fix.calls import constructions
from evlint.fix.classes import Definition, defined
from evlint.fix.fields import added
from evlint.fix.keywords import with_keyword
from evlint.fix.patient import Impossible, Patient
from evlint.fix.sources import Source
from evlint.model.finding import Edit
from evlint.model.program import EventType
from evlint.words.correlation import tells

NAME = "correlation_id"


def correlate(patient: Patient) -> Iterator[Edit]:
    """Add a correlation id to an event, and give it wherever one is at hand."""
    yield added(patient, f'{NAME}: str = ""')
    source = patient.source
    node = source.node_at(patient.finding.location.span, cst.ClassDef, whole=False)
    for where, call in constructions(patient.sources, Definition(source, node)):
        value = _at_hand(patient, where, call)
        if value:
            yield with_keyword(where, call, NAME, value)


def trace(patient: Patient) -> Iterator[Edit]:
    """Give the event that a handler makes the id of the one that it handles."""
    (name,) = patient.cure.words
    place = patient.event.location
    if place is None:
        raise Impossible("its class is defined elsewhere")
    source = patient.source
    publication = source.node_at(patient.finding.location.span, cst.Call)
    function = _function(source, publication)
    for definition in defined(patient.sources.at(place.path), place.symbol.rpartition(".")[2]):
        for where, call in constructions(patient.sources, definition):
            if where is source and _function(source, call) is function:
                value = _at_hand(patient, source, call)
                if not value:
                    raise Impossible("what is handled carries no such id")
                yield with_keyword(source, call, name, value)


def _at_hand(patient: Patient, source: Source, call: cst.Call) -> str:
    """The expression for the correlation id around a call; nothing where there is none."""
    function = _function(source, call)
    if function is None:
        return ""
    parameters = [*function.params.posonly_params, *function.params.params, *function.params.kwonly_params]
    if any(item.name.value == NAME for item in parameters) or _is_known(source, function, call):
        return NAME
    line = source.line_of(function)
    handled = {item.event for item in patient.program.subscriptions if item.function == f"{source.path}:{line}"}
    events = [event for event in patient.program.events if event.id in handled]
    if len(events) != 1:
        return ""
    field = _field(events[0])
    parameter = _parameter(source, parameters, events[0])
    return f"{parameter}.{field}" if field and parameter else ""


def _function(source: Source, node: cst.CSTNode) -> cst.FunctionDef | None:
    for outer in source.parents(node):
        if isinstance(outer, cst.FunctionDef):
            return outer
        if isinstance(outer, cst.Lambda | cst.ClassDef):
            return None
    return None


def _is_known(source: Source, function: cst.FunctionDef, call: cst.Call) -> bool:
    """Whether a variable of that name has a value before the call, whatever way leads there."""
    around = set(source.parents(call))
    return any(
        source.written(target.target) == NAME
        and function in source.parents(assignment)
        and list(source.parents(assignment))[1] in around
        and source.span(assignment)[1] <= source.span(call)[0]
        for assignment in source.nodes(cst.Assign)
        for target in assignment.targets
    )


def _field(event: EventType) -> str:
    names = [field.name for field in event.fields if tells(field.name) == "correlation"]
    return NAME if NAME in names else next(iter(names), "")


def _parameter(source: Source, parameters: list[cst.Param], event: EventType) -> str:
    """The parameter that is the event: the one of its type, or the only one."""
    own = [item for item in parameters if item.name.value not in ("self", "cls")]
    for item in own:
        if item.annotation is not None and source.written(item.annotation.annotation).rpartition(".")[2] == event.name:
            return item.name.value
    return own[0].name.value if len(own) == 1 and own[0].annotation is None else ""
