"""Publications and subscriptions through home-made buses: methods proved by shape, and handler tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from evlint.link.arguments import bind, positional
from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.identities import ABOUT_EVENTS, Identity, is_command, sounds_like_event, sounds_past
from evlint.link.readings import Handler, Manner, MethodEmitter, Place, Reader, Reading
from evlint.link.scopes import Binding, Scope, Site
from evlint.link.shapes import Bus, PublishMethod, SubscribeMethod
from evlint.link.signalling import SignalEmitter, receiver_roots, told
from evlint.link.signalling import objects as signals
from evlint.link.sites import Sites
from evlint.link.stores import is_handlers
from evlint.link.values import Frame, FunctionObject, Text
from evlint.model.facts import Argument, Call, Expression, Mapping, Name, Sequence

TABLE = "table:"
# What only receives: who publishes is elsewhere.
REGISTRY = "registry:"
DOTTED = re.compile(r"[A-Za-z]\w*(?:\.\w+)+")
# Callbacks are called for all kinds of things.
CALLBACKS = re.compile(r"^_*(?:(?!handler|subscri|listener|observer|receiver|consumer).)*callback", re.IGNORECASE)
OTHER_TABLES = re.compile(r"command|query|queries|hook", re.IGNORECASE)


def manner(bus: Bus) -> Manner:
    """How events are named and travel on a bus proved by shape."""
    if not bus.publishes:
        return Manner("topic", bus.owner.dotted, "in-process", f"{REGISTRY}{bus.owner.dotted}", "likely")
    dialect = f"shape:{bus.owner.dotted}"
    kind = "topic" if any(method.topic or method.routed_by for method in bus.publishes) else "class"
    named = bus.keyed and bus.named
    return Manner(
        kind,  # type: ignore[arg-type]
        bus.owner.dotted,
        "in-process",
        dialect,
        "strong" if named else "likely",
        named=named,
        strict=not named,
    )


def publishing(sites: Sites, found: list[Bus]) -> Iterator[tuple[MethodEmitter | SignalEmitter, Site]]:
    """The calls of the publish methods of all buses."""
    for bus in found:
        for method in bus.publishes:
            emitter = _publisher(sites.evaluator, bus, method)
            # What a bus takes out of its own queue has been published elsewhere.
            inner = replace(emitter, manner=replace(emitter.manner, named=False))
            for caller in sites.callers(method.function):
                if bus.signal:
                    yield SignalEmitter(emitter, bus.owner), caller.site
                else:
                    yield (inner if caller.site.scope.function().owner is bus.owner else emitter), caller.site


def _publisher(evaluator: Evaluator, bus: Bus, method: PublishMethod) -> MethodEmitter:
    way = manner(bus)
    way = Manner(
        way.kind,
        way.namespace,
        way.transport,
        way.dialect,
        way.confidence,
        method.function.is_async,
        named=way.named,
        strict=way.strict,
    )
    return MethodEmitter(method.function, way, evaluator, method.event, method.topic, method.routed_by)


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A call of a bus's subscribe method."""

    method: SubscribeMethod
    manner: Manner
    sites: Sites = field(kw_only=True)
    signal: Scope | None = None

    def read(self, call: Call, frame: Frame) -> Reading:
        given = bind(self.method.function, call, frame)
        reader = Reader(self.sites.evaluator, self.manner)
        keys = [given[self.method.key]] if self.method.key in given and self.signal is None else []
        reading = reader.read(keys, keys, subscribing=True)
        handlers = self._handlers(reader, call, given, frame)
        parameters = set(reading.parameters)
        if self.method.handler in given:
            from evlint.link.payloads import roots

            parameters |= roots(self.sites.evaluator, *given[self.method.handler])
        identities = reading.identities or self._annotated(handlers, keys)
        if self.signal is not None and not identities:
            identities = tuple(told(self.sites.evaluator, call.func, frame, self.signal, self.manner))
            parameters |= receiver_roots(self.sites.evaluator, call.func, frame)
        return Reading(
            identities, tuple(handlers), frozenset(parameters), (), None, reading.reason, False, reading.excluded
        )

    def _handlers(self, reader: Reader, call: Call, given: dict[str, Place], frame: Frame) -> list[Handler]:
        decorated = self.sites.decorated.get(id(call))
        if self.method.decorator and decorated is not None:
            return [Handler(decorated, decorated.qualname, decorated.span)]
        place = given.get(self.method.handler)
        if place is None and self.method.decorator:
            place = self._applied(call, frame)
        return reader.handlers([place]) if place is not None else []

    def _applied(self, call: Call, frame: Frame) -> Place | None:
        """What a decorator that is called like a function gets: `bus.on("paid")(send)`, `on_paid.connect(send)`."""
        outer = self.sites.applied.get(id(call))
        if outer is None and self.method.key:
            return None
        node = positional(outer.call if outer is not None else call, 0)
        return (node, frame) if node is not None else None

    def _annotated(self, handlers: list[Handler], keys: list[Place]) -> tuple[Identity, ...]:
        """On a bus without keys, the event is what the handler's first parameter is annotated with."""
        if keys or self.method.key:
            return ()
        from evlint.link.handlers import annotated_events

        return tuple(
            identity
            for handler in handlers
            if handler.scope is not None
            for identity in annotated_events(self.sites.evaluator, handler.scope, self.manner)
        )


def subscribing(sites: Sites, found: list[Bus]) -> Iterator[tuple[Registration, Site]]:
    """The calls of the subscribe methods of all buses."""
    for bus in found:
        for method in bus.subscribes:
            registration = Registration(method, manner(bus), sites=sites, signal=bus.owner if bus.signal else None)
            for caller in sites.callers(method.function):
                yield registration, caller.site
            if not method.key or bus.signal:
                for site in _bare(sites, method.function):
                    yield registration, site


def _bare(sites: Sites, function: Scope) -> Iterator[Site]:
    """The decorators that are a method itself, as calls of it: `@order_placed.connect`."""
    for item in sites.decorations(function.name):
        if not isinstance(item.node, Call) and any(
            isinstance(value, FunctionObject) and sites.implements(function, value.scope)
            for value in sites.evaluator.values(item.node, item.frame)
        ):
            target = Argument(Name(item.target.name, item.target.span))
            yield Site(Call(item.node, (target,), item.target.span), item.frame.scope, "passed")


def objects(sites: Sites, found: list[Bus]) -> Iterator[Identity]:
    """The signals that modules and classes hold."""
    return signals(sites, found, {bus.owner: manner(bus) for bus in found if bus.signal})


def tables(sites: Sites) -> Iterator[Emission]:
    """Dicts that pair events with handlers: `{OrderPlaced: [send_receipt]}`."""
    for scope in sites.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                yield from _table(sites, scope, name, binding)
        for name, values in scope.attributes.items():
            for binding, method in values:
                yield from _table(sites, method, name, binding)


def _table(sites: Sites, scope: Scope, name: str, binding: Binding) -> Iterator[Emission]:
    if not isinstance(binding.value, Mapping) or not _is_table_name(name):
        return
    if CALLBACKS.search(name) and not ABOUT_EVENTS.search(f"{scope.module.name}.{scope.qualname}.{name}"):
        return
    evaluator = sites.evaluator
    frame = Frame(scope)
    way = Manner("class", f"{scope.module.name}.{name}", "in-process", f"{TABLE}{scope.module.name}.{name}", "strong")
    reader = Reader(evaluator, way)
    values = [(pair.value, frame) for pair in binding.value.items]
    if not any(handler.scope is not None for handler in reader.handlers(values)):
        return
    for pair in binding.value.items:
        if pair.key is None:
            continue
        reading = reader.read([(pair.key, frame)], [(pair.key, frame)], subscribing=True)
        identities = [item for item in reading.identities if _is_event_key(evaluator, item.scope, item.topic, name)]
        handlers = reader.handlers([(pair.value, frame)])
        for handler in handlers:
            for identity in identities:
                yield Emission(_site(scope, pair.key, handler), identity, way, None, (handler,))


def _is_table_name(name: str) -> bool:
    return is_handlers(name) and not OTHER_TABLES.search(name)


def _is_event_key(evaluator: Evaluator, scope: Scope | None, topic: Text | None, name: str) -> bool:
    if scope is not None:
        return not is_command(evaluator, scope) and (sounds_like_event(evaluator, scope) or "event" in name.lower())
    if topic is None:
        return False
    is_dotted = DOTTED.fullmatch(topic.value) is not None and not topic.value.isupper()
    return is_dotted or sounds_past(topic.value) or "event" in name.lower()


def _site(scope: Scope, key: Expression, handler: Handler) -> Site:
    """A table entry stands where its handler, else its key, is named."""
    span = handler.place or key.span
    return Site(Call(key, (), span), scope, "passed")


__all__ = ["Sequence", "publishing", "subscribing", "tables"]
