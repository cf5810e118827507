"""Publications and subscriptions through home-made buses: methods proved by shape, and handler tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from evlint.link.arguments import bind
from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.identities import is_command, sounds_like_event, sounds_past
from evlint.link.readings import Handler, Manner, MethodEmitter, Place, Reader, Reading
from evlint.link.scopes import Binding, Scope, Site
from evlint.link.shapes import Bus, PublishMethod, SubscribeMethod
from evlint.link.sites import Sites
from evlint.link.stores import is_handlers
from evlint.link.values import Frame, Text
from evlint.model.facts import Call, Expression, Mapping, Sequence

TABLE = "table:"
DOTTED = re.compile(r"[A-Za-z]\w*(?:\.\w+)+")
OTHER_TABLES = re.compile(r"command|query|queries|hook", re.IGNORECASE)


def manner(bus: Bus) -> Manner:
    """How events are named and travel on a bus proved by shape."""
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


def publishing(sites: Sites, found: list[Bus]) -> Iterator[tuple[MethodEmitter, Site]]:
    """The calls of the publish methods of all buses."""
    for bus in found:
        for method in bus.publishes:
            emitter = _publisher(sites.evaluator, bus, method)
            # What a bus takes out of its own queue has been published elsewhere.
            inner = replace(emitter, manner=replace(emitter.manner, named=False))
            for caller in sites.callers(method.function):
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

    def read(self, call: Call, frame: Frame) -> Reading:
        given = bind(self.method.function, call, frame)
        reader = Reader(self.sites.evaluator, self.manner)
        keys = [given[self.method.key]] if self.method.key in given else []
        reading = reader.read(keys, keys, subscribing=True)
        handlers = self._handlers(reader, call, given)
        parameters = set(reading.parameters)
        if self.method.handler in given:
            from evlint.link.payloads import roots

            parameters |= roots(self.sites.evaluator, *given[self.method.handler])
        identities = reading.identities or self._annotated(handlers, keys)
        return Reading(
            identities, tuple(handlers), frozenset(parameters), (), None, reading.reason, False, reading.excluded
        )

    def _handlers(self, reader: Reader, call: Call, given: dict[str, Place]) -> list[Handler]:
        decorated = self.sites.decorated.get(id(call))
        if self.method.decorator and decorated is not None:
            return [Handler(decorated, decorated.qualname, decorated.span)]
        place = given.get(self.method.handler)
        return reader.handlers([place]) if place is not None else []

    def _annotated(self, handlers: list[Handler], keys: list[Place]) -> tuple:  # type: ignore[type-arg]
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
            registration = Registration(method, manner(bus), sites=sites)
            for caller in sites.callers(method.function):
                yield registration, caller.site


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
    return bool(DOTTED.fullmatch(topic.value)) or sounds_past(topic.value) or "event" in name.lower()


def _site(scope: Scope, key: Expression, handler: Handler) -> Site:
    """A table entry stands where its handler, else its key, is named."""
    span = handler.place or key.span
    return Site(Call(key, (), span), scope, "passed")


__all__ = ["Sequence", "publishing", "subscribing", "tables"]
