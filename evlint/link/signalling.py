"""Objects that stand for one event each, of a class of the program: `order_placed = Signal()`, `order_placed.send()`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity
from evlint.link.payloads import roots
from evlint.link.readings import Manner, MethodEmitter, Reading
from evlint.link.scopes import Binding, Scope
from evlint.link.shapes import Bus
from evlint.link.sites import Sites
from evlint.link.values import ClassObject, Frame, FunctionObject, Instance
from evlint.model.facts import Attribute, Call, Expression


@dataclass(frozen=True, slots=True, eq=False)
class SignalEmitter:
    """A call of a method of such an object; an event class that is handed over says more than the object does."""

    inner: MethodEmitter
    owner: Scope

    @property
    def manner(self) -> Manner:
        return replace(self.inner.manner, kind="object", named=False, strict=False)

    def read(self, call: Call, frame: Frame) -> Reading:
        reading = self.inner.read(call, frame)
        if reading.identities:
            return reading
        evaluator = self.inner.evaluator
        found = tuple(told(evaluator, call.func, frame, self.owner, self.manner))
        return Reading(found, parameters=receiver_roots(evaluator, call.func, frame))


def told(evaluator: Evaluator, func: Expression, frame: Frame, owner: Scope, manner: Manner) -> Iterator[Identity]:
    """The objects of the class `owner` whose method is called, by the variables or attributes that hold them."""
    seen: set[str] = set()
    for name, scope, binding in _held(evaluator, func, frame, owner):
        if name not in seen:
            seen.add(name)
            location = scope.location(binding.span) if binding.span is not None else None
            yield Identity(object=name, location=location, transport=manner.transport, dialect=manner.dialect)


def _held(evaluator: Evaluator, func: Expression, frame: Frame, owner: Scope) -> Iterator[tuple[str, Scope, Binding]]:
    found = list(_of_expression(evaluator, func.value, frame, owner)) if isinstance(func, Attribute) else []
    yield from found
    for value in () if found else evaluator.values(func, frame):
        # A method that is kept under another name: `tell = order_placed.send`.
        if isinstance(value, FunctionObject) and isinstance(value.receiver, Instance):
            yield from _of_instance(evaluator, value.receiver, owner)


def _of_expression(
    evaluator: Evaluator, node: Expression, frame: Frame, owner: Scope
) -> Iterator[tuple[str, Scope, Binding]]:
    values = [value for value in evaluator.values(node, frame) if _is_one(evaluator, value, owner)]
    found = [item for value in values for item in _of_instance(evaluator, value, owner)]
    if found or not values or not isinstance(node, Attribute):
        yield from found
        return
    for holder in evaluator.values(node.value, frame):
        kept = (
            holder.type if isinstance(holder, Instance) else holder.scope if isinstance(holder, ClassObject) else None
        )
        for scope in evaluator.classes.line(kept) if isinstance(kept, Scope) else ():
            if isinstance(scope, Scope):
                own = [binding for binding, _ in scope.attributes.get(node.attr, ())]
                kept_here = [*scope.bindings.get(node.attr, ()), *own]
                # What is private and made elsewhere has its name elsewhere.
                is_given = node.attr.startswith("_") and all(binding.value is None for binding in kept_here)
                for binding in [] if is_given else kept_here[:1]:
                    yield f"{scope.dotted}.{node.attr}", scope, binding


def _of_instance(evaluator: Evaluator, value: object, owner: Scope) -> Iterator[tuple[str, Scope, Binding]]:
    if isinstance(value, Instance) and _is_one(evaluator, value, owner) and value.binding and value.frame is not None:
        name = value.binding.rpartition(".")[2]
        scope = value.frame.scope
        for binding in scope.bindings.get(name, ())[-1:]:
            yield value.binding, scope, binding


def _is_one(evaluator: Evaluator, value: object, owner: Scope) -> bool:
    return isinstance(value, Instance) and isinstance(value.type, Scope) and owner in evaluator.classes.line(value.type)


def receiver_roots(evaluator: Evaluator, func: Expression, frame: Frame) -> frozenset[tuple[Scope, str]]:
    """The parameters that the object whose method is called comes from."""
    return frozenset(roots(evaluator, func.value, frame)) if isinstance(func, Attribute) else frozenset()


def objects(sites: Sites, found: list[Bus], manner_of: dict[Scope, Manner]) -> Iterator[Identity]:
    """The objects that modules and classes hold, whether or not anything is seen to use them."""
    for bus in found:
        if bus.signal:
            way = manner_of[bus.owner]
            for site in sites.calls(bus.owner.name):
                if site.scope.kind in ("module", "class") and site.use == "assigned":
                    yield from _bound(sites.evaluator, site.scope, site.call, bus.owner, way)


def _bound(evaluator: Evaluator, scope: Scope, call: Call, owner: Scope, way: Manner) -> Iterator[Identity]:
    if not any(_is_one(evaluator, value, owner) for value in evaluator.values(call, Frame(scope))):
        return
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            if binding.kind == "value" and binding.value is call and binding.span is not None:
                yield Identity(
                    object=f"{scope.dotted}.{name}",
                    location=scope.location(binding.span),
                    transport=way.transport,
                    dialect=way.dialect,
                )
