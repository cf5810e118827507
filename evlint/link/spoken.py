"""Buses that are known by name only, as their code is elsewhere, or sends by means that nobody knows.

`self.event_bus.publish(OrderPlaced(...))`, `event_publisher.publish("order.placed", data)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evlint.link.arguments import bind
from evlint.link.evaluate import Evaluator
from evlint.link.identities import NAME, NAME_OF_EVENT, names_fact
from evlint.link.readings import Manner, Place, Reader, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import Frame, FunctionObject, Instance, ModuleObject, Text
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
# Functions that are named after what they send, whatever they are called on.
TELLING = re.compile(r"^_*(?:a|async_)?(?:publish|emit|dispatch|fire|broadcast)_(?:\w+_)?events?(?:_async)?$")
# Parameters that may take the name of an event.
ANY_NAME = re.compile(
    r"^_?(?:(?:event|evt|message)_?)?(?:event|name|type|kind|key|topic|routing_key|channel|subject|stream)(?:_name)?$",
    re.IGNORECASE,
)
SPOKEN = Manner("class", "", "in-process", "spoken", "likely", named=False, strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class SpokenEmitter:
    """A call on something called a bus; only an event class, or the name of an event, says that it publishes."""

    evaluator: Evaluator
    manner: Manner

    def read(self, call: Call, frame: Frame) -> Reading:
        places = [(argument.value, frame) for argument in call.args]
        reader = Reader(self.evaluator, self.manner)
        reading = reader.read(places, [], texts=[])
        if reading.identities or reading.typed:
            return reading
        named = reader.named(list(self._names(reader, call, frame)))
        return Reading(named.identities, parameters=reading.parameters)

    def _names(self, reader: Reader, call: Call, frame: Frame) -> Iterator[Text]:
        for parameter, place in self._given(call, frame):
            is_meant = self._is_meant(parameter)
            if is_meant or not parameter or ANY_NAME.match(parameter):
                texts = [text for text in reader.texts(place) if NAME.fullmatch(text.value)]
                if is_meant or all(names_fact(text.value) for text in texts):
                    yield from texts

    def _is_meant(self, parameter: str) -> bool:
        """Whether whatever is given for the parameter names an event."""
        return parameter in ("event", "evt") or NAME_OF_EVENT.match(parameter) is not None

    def _given(self, call: Call, frame: Frame) -> Iterator[tuple[str, Place]]:
        """The arguments with the parameters that take them; without a name where the code is elsewhere."""
        for value in self.evaluator.values(call.func, frame):
            if isinstance(value, FunctionObject):
                yield from bind(value.scope, call, frame).items()
                return
        first = [("", (call.args[0].value, frame))] if call.args and not call.args[0].keyword else []
        yield from (*first, *((item.keyword, (item.value, frame)) for item in call.args if item.keyword))


@dataclass(frozen=True, slots=True, eq=False)
class ToldEmitter(SpokenEmitter):
    """A call of a function that is named after sending events, which may be those of a mouse.

    Only an event that is made there, or a name that states a fact, says that it publishes.
    """

    def read(self, call: Call, frame: Frame) -> Reading:
        reading = SpokenEmitter.read(self, call, frame)
        names = {root for root in reading.parameters if NAME_OF_EVENT.match(root[1])}
        return Reading(reading.identities, parameters=reading.parameters if reading.identities else frozenset(names))

    def _is_meant(self, parameter: str) -> bool:
        return False


def spoken(sites: Sites) -> Iterator[tuple[SpokenEmitter, Site]]:
    """The calls of publishing verbs on receivers that are named like a bus."""
    emitters = {sure: SpokenEmitter(sites.evaluator, replace(SPOKEN, confidence=sure)) for sure in ("strong", "likely")}
    for site in sites.calls_matching(VERB):
        sure = _confidence(sites.evaluator, site)
        if sure is not None:
            yield emitters[sure], site
    told = ToldEmitter(sites.evaluator, SPOKEN)
    for site in sites.calls_matching(TELLING):
        if site.call.args:
            yield told, site


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
