"""Events that an aggregate records, to be sent when it is saved: `self._events.append(OrderPlaced(...))`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evlint.link.evaluate import Evaluator
from evlint.link.readings import Manner, Reader, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import Frame, Instance
from evlint.link.walk import last_name
from evlint.model.facts import Argument, Attribute, Call, Expression

BUFFER = re.compile(
    r"^_*(?:pending_|domain_|uncommitted_|integration_|new_|recorded_|unpublished_|raised_|outgoing_)?events$"
)
# Methods by which an outbox or an aggregate takes an event.
STORING = (
    "record",
    "add",
    "write",
    "store",
    "save",
    "enqueue",
    "put",
    "append",
    "push",
    "publish",
    "insert",
    "schedule",
)
RAISING = re.compile(r"^_?(?:record|register|raise|add)_(?:domain_|integration_|new_)?(?:event|message)s?$")
ADDING = ("append", "add", "extend", "appendleft", "insert", "push")
RAISED = Manner("class", "", "in-process", "recorded", "likely", buffered=True, named=False, strict=True)
RECORDED = Manner("class", "", "in-process", "recorded", "strong", buffered=True, named=False, strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class Recorder:
    """A call that adds to a buffer of events."""

    evaluator: Evaluator
    manner: Manner = RECORDED

    def read(self, call: Call, frame: Frame) -> Reading:
        places = [(argument.value, frame) for argument in call.args]
        return Reader(self.evaluator, self.manner).read(places, [], texts=[])


def recording(sites: Sites) -> Iterator[tuple[Recorder, Site]]:
    """The places where something is added to a buffer of events."""
    recorder = Recorder(sites.evaluator)
    for name in ADDING:
        for site in sites.calls(name):
            if isinstance(site.call.func, Attribute) and _is_buffer(site.call.func.value):
                yield recorder, site
    for name in STORING:
        for site in sites.calls(name):
            if isinstance(site.call.func, Attribute) and _is_outbox(sites.evaluator, site):
                yield recorder, site
    for site in sites.calls_matching(RAISING):
        yield Recorder(sites.evaluator, RAISED), site
    for scope in sites.scopes:
        for site in _augmented(scope):
            yield recorder, site


def _augmented(scope: Scope) -> Iterator[Site]:
    """`self._events += [OrderPlaced(...)]`, read as a call of the list with what is added."""
    if scope.kind != "function":
        return
    for statement in scope.augmented:
        if statement.operator.startswith("+") and statement.value is not None:
            target = statement.targets[0]
            if _is_buffer(target):
                yield Site(Call(target, (Argument(statement.value),), statement.span), scope, "passed")


def _is_outbox(evaluator: Evaluator, site: Site) -> bool:
    """Whether a method is called on an outbox, by its name or its class."""
    assert isinstance(site.call.func, Attribute)
    receiver = site.call.func.value
    if "outbox" in last_name(receiver).lower():
        return True
    return any(
        isinstance(value, Instance) and isinstance(value.type, Scope) and "outbox" in value.type.name.lower()
        for value in evaluator.values(receiver, Frame(site.scope))
    )


def _is_buffer(node: Expression) -> bool:
    return isinstance(node, Attribute) and bool(BUFFER.match(last_name(node)))
