"""Buses that are known by name only, because their code is elsewhere: `self.event_bus.publish(OrderPlaced(...))`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evlint.link.evaluate import Evaluator
from evlint.link.readings import Manner, Reader, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import Frame, FunctionObject, Instance, ModuleObject
from evlint.link.walk import last_name
from evlint.model.facts import Attribute, Call
from evlint.model.program import Confidence

VERB = re.compile(
    r"^(?:a|async_)?(?:publish|emit|dispatch|post|fire|raise|notify|send|trigger|handle|broadcast)(?:_|$)"
)
BUS = re.compile(
    r"(?:^|_|[a-z](?=[A-Z]))(?:event|message|domain|integration)?_?(?:bus|dispatcher|emitter|mediator|publisher)$"
    r"|event_?(?:manager|broker|producer|sender|store|hub)$",
    re.IGNORECASE,
)
SPOKEN = Manner("class", "", "in-process", "spoken", "likely", named=False, strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class SpokenEmitter:
    """A call on something called a bus; only an event class says that it publishes."""

    evaluator: Evaluator
    manner: Manner

    def read(self, call: Call, frame: Frame) -> Reading:
        places = [(argument.value, frame) for argument in call.args]
        return Reader(self.evaluator, self.manner).read(places, [], texts=[])


def spoken(sites: Sites) -> Iterator[tuple[SpokenEmitter, Site]]:
    """The calls of publishing verbs on receivers that are named like a bus."""
    emitters = {sure: SpokenEmitter(sites.evaluator, replace(SPOKEN, confidence=sure)) for sure in ("strong", "likely")}
    for site in sites.calls_matching(VERB):
        sure = _confidence(sites.evaluator, site)
        if sure is not None:
            yield emitters[sure], site


def _confidence(evaluator: Evaluator, site: Site) -> Confidence | None:
    """Strong where the receiver's class is called a bus, too."""
    func = site.call.func
    if not isinstance(func, Attribute) or not site.call.args:
        return None
    values = evaluator.values(func.value, Frame(site.scope))
    if any(isinstance(value, ModuleObject | FunctionObject) for value in values):
        return None
    classes = [value.type for value in values if isinstance(value, Instance) and isinstance(value.type, Scope)]
    if any(BUS.search(scope.name) for scope in classes):
        return "strong"
    return "likely" if not classes and BUS.search(last_name(func.value)) else None
