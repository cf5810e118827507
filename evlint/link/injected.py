"""Publishing through a function that was handed over: `def place(publish): publish(OrderPlaced(...))`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evlint.link.evaluate import Evaluator
from evlint.link.names import lookup
from evlint.link.readings import Manner, Reader, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import Frame, FunctionObject, Instance
from evlint.model.facts import Attribute, Call, Name

CALLABLE = re.compile(r"^_*(?:publish|emit|dispatch|raise)(?:er)?(?:_(?:domain_|integration_)?events?)?$")
INJECTED = Manner("class", "", "in-process", "injected", "strong", named=False, strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class InjectedEmitter:
    """A call of a function that somebody else decides on; only an event class says that it publishes."""

    evaluator: Evaluator
    manner: Manner = INJECTED

    def read(self, call: Call, frame: Frame) -> Reading:
        places = [(argument.value, frame) for argument in call.args]
        return Reader(self.evaluator, self.manner).read(places, [], texts=[])


def injected(sites: Sites) -> Iterator[tuple[InjectedEmitter, Site]]:
    """The calls of parameters, or of attributes set from parameters, that are named like publishing."""
    emitter = InjectedEmitter(sites.evaluator)
    for site in sites.calls_matching(CALLABLE):
        if _is_handed_over(sites.evaluator, site):
            yield emitter, site


def _is_handed_over(evaluator: Evaluator, site: Site) -> bool:
    func, frame = site.call.func, Frame(site.scope)
    if any(isinstance(value, FunctionObject) for value in evaluator.values(func, frame)):
        return False
    if isinstance(func, Name):
        scope, bindings = lookup(evaluator, site.scope, func.id)
        return scope is not None and any(binding.kind == "parameter" for binding in bindings)
    return isinstance(func, Attribute) and any(
        isinstance(value, Instance) and isinstance(value.type, Scope) and _is_set_from_parameter(value.type, func.attr)
        for value in evaluator.values(func.value, frame)
    )


def _is_set_from_parameter(owner: Scope, attribute: str) -> bool:
    """Whether `self.publish` is what `__init__` was given."""
    return any(
        method.name == "__init__"
        and isinstance(binding.value, Name)
        and binding.value.id in {item.name for item in method.parameters}
        for binding, method in owner.attributes.get(attribute, ())
    )
