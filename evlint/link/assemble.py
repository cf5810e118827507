"""Put the program together from what was found at its sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

import msgspec

from evlint.link import declared, definitions, deliveries, tracing
from evlint.link.addressing import addresses
from evlint.link.arguments import options
from evlint.link.behaviour import Behaviours, neighbours
from evlint.link.contents import Contents
from evlint.link.deliveries import Taking
from evlint.link.dependencies import dependencies
from evlint.link.emissions import Emission, Gap
from evlint.link.evaluate import Evaluator
from evlint.link.handlers import running
from evlint.link.identities import Identity
from evlint.link.joining import Names
from evlint.link.readings import Emitter, Handler
from evlint.link.relays import relays
from evlint.link.scopes import Scope, Site
from evlint.link.services import Services
from evlint.link.shapes import Bus
from evlint.link.sites import Sites
from evlint.link.types import Types, is_strict, is_unpacked
from evlint.link.usage import Usage, Use
from evlint.link.versions import Versions
from evlint.link.walk import dotted
from evlint.model.program import (
    Behaviour,
    Change,
    Confidence,
    DataType,
    Dependency,
    EventKind,
    EventType,
    Intake,
    Publication,
    Service,
    Subscription,
    Transport,
    Unresolved,
)
from evlint.model.source import Location

ORDER: dict[Confidence, int] = {"certain": 0, "strong": 1, "likely": 2}
TAKES_PART = "part of the transaction of its delivery"


class Assembly:
    """The facts of a program on the way to becoming values."""

    def __init__(
        self,
        sites: Sites,
        services: Services,
        publications: Sequence[Emission],
        subscriptions: Sequence[Emission],
        defined: Sequence[Identity],
        commands: frozenset[str],
        drained: Sequence[tuple[Emitter, Site]] = (),
        buses: Sequence[Bus] = (),
        unnamed: Sequence[Taking] = (),
    ) -> None:
        self.sites = sites
        self.evaluator: Evaluator = sites.evaluator
        self.services = services
        self.published = [item for item in publications if item.identity.topic_id not in commands]
        self.subscribed = subscriptions
        named = (
            Taking(item.site, item.manner, scope)
            for item in subscriptions
            for handler in item.handlers
            for scope in (handler.scope, *handler.around)
            if scope is not None
        )
        self.taking = [*named, *unnamed]
        publications = self.published
        self.defined = defined
        identities = [*(item.identity for item in (*publications, *subscriptions)), *defined]
        used = [item.scope for item in identities if item.scope is not None]
        self.family = declared.family(sites, used)
        bases = declared.event_bases(self.evaluator, used)
        self.declared = declared.by_base(self.evaluator, self.family, bases)
        self.names = Names(self.evaluator, identities, self.declared)
        events = {id(item.site.call): self.names.id_of(item.identity) for item in publications}
        self._delivering = deliveries.delivering(sites, buses, subscriptions)
        self._relays = relays(sites)
        self._instrumented = tracing.is_instrumented(sites.modules)
        delivering = {call: dialect for call, (_, dialect) in self._delivering.items()}
        self._told = Behaviours(self.evaluator, events, delivering, self._relays)
        self._versions = Versions(self.evaluator, drained)
        recording = {item.site.scope.named().owner for item in self.published if item.manner.dialect == "recorded"}
        self._types = Types(sites, (owner for owner in recording if owner is not None))
        self._contents = Contents(self.evaluator, self._types)
        self._usage = Usage(self.evaluator)

    def used_services(self) -> tuple[Service, ...]:
        """The services that publish, handle or define something."""
        paths = {item.site.scope.module.path for item in (*self.published, *self.subscribed)}
        paths |= {handler.scope.module.path for item in self.subscribed for handler in item.handlers if handler.scope}
        return tuple(sorted({self.services.of(path) for path in paths}, key=lambda service: service.id))

    def behaviours(self) -> tuple[Behaviour, ...]:
        """What publishers, handlers and those who take deliveries do, and what they call."""
        functions = {item.site.scope.function() for item in self.published}
        functions |= {caller for function in functions for caller in neighbours(function)}
        functions |= {scope.function() for scope, _ in self._delivering.values()}
        functions |= {*deliveries.settling(self.sites), *self._relays}
        functions |= {running(self.evaluator, item.scope) for item in self.taking}
        told = self._told.of(sorted((item for item in functions if item.kind != "class"), key=lambda item: item.key))
        return tuple(
            msgspec.structs.replace(item, guards=(TAKES_PART, *item.guards)) if item.key in self._once else item
            for item in told
        )

    @cached_property
    def _once(self) -> frozenset[str]:
        """The handlers that take part in the transaction that ends their delivery."""
        return frozenset(
            handler.scope.key
            for item in self.subscribed
            for handler in item.handlers
            if item.manner.once_with and handler.scope is not None
            if any(parameter.name == item.manner.once_with for parameter in handler.scope.arguments())
        )

    def publications(self) -> tuple[Publication, ...]:
        made = {self._publication(item) for item in self.published}
        return tuple(sorted(made, key=lambda item: (item.location, item.event, item.dialect)))

    def _publication(self, item: Emission) -> Publication:
        site = item.site
        asynchronous = item.manner.asynchronous
        return Publication(
            event=self.names.id_of(item.identity),
            location=site.location,
            call=dotted(site.call.func),
            service=self.services.of(site.scope.module.path).id,
            confidence=item.manner.confidence,
            dialect=item.manner.dialect,
            transport=item.manner.transport,
            function=site.scope.function().key,
            channel=self._channel(item),
            asynchronous=asynchronous,
            consumed=site.use != "discarded",
            transaction=self._transaction(item),
            payload=self._contents.of(item),
            carries=self._carries(item),
            traced=item.manner.traced,
            reply="awaited" if item.manner.asks else "addressed" if tracing.names_reply(site.call) else "",
            addresses=addresses(self.evaluator, site, has_open_topic=self._has_open_topic(item)),
        )

    def _carries(self, item: Emission) -> tuple[str, ...] | None:
        return None if self._instrumented else tracing.carried(self.evaluator, item.site.call, item.site.scope)

    def _transaction(self, item: Emission) -> Literal["none", "inside", "deferred", "buffered"]:
        call = id(item.site.call)
        if item.manner.buffered:
            return "buffered"
        if call in self._told.deferred:
            return "deferred"
        return "inside" if call in self._told.inside else "none"

    def _channel(self, item: Emission) -> str | None:
        if item.channel is not None or item.identity.channel is not None:
            return item.channel or item.identity.channel
        return item.identity.topic.value if item.identity.topic is not None and item.identity.class_id else None

    def _has_open_topic(self, item: Emission) -> bool:
        topic = item.identity.topic
        return "{}" in (topic.value if topic is not None else "") or "{}" in (self._channel(item) or "")

    def dependencies(self) -> tuple[Dependency, ...]:
        """What modules that publish run of modules that handle events."""
        handling = [
            (item.site.scope.module.path, handler.scope.module.path)
            for item in self.subscribed
            for handler in item.handlers
            if handler.scope is not None
        ]
        modules = {item.site.scope.module.path: item.site.scope.module for item in self.published}
        publishing = [modules[path] for path in sorted(modules)]
        consuming = frozenset(path for _, path in handling)
        return dependencies(self.evaluator, publishing, consuming, frozenset(handling))

    def subscriptions(self) -> tuple[Subscription, ...]:
        made = {self._subscription(item, handler) for item in self.subscribed for handler in item.handlers}
        return tuple(sorted(made, key=lambda item: (item.location, item.event, item.handler, item.dialect)))

    def _subscription(self, item: Emission, handler: Handler) -> Subscription:
        site = item.site
        scope = handler.scope
        event = self.names.id_of(item.identity)
        runs = running(self.evaluator, scope) if scope is not None else None
        at = site.location
        if scope is not None and handler.place == scope.span:
            at = Location(scope.module.path, scope.span, scope.qualname)
        elif handler.place is not None and at.line < handler.place.line <= at.span.end_line:
            at = Location(at.path, handler.place, at.symbol)
        use = self._usage.of_handler(runs, item.identity.scope) if runs is not None else Use(whole=True)
        return Subscription(
            event=event,
            location=at,
            handler=handler.name,
            handler_path=scope.module.path if scope is not None else site.scope.module.path,
            handler_line=scope.span.line if scope is not None else at.line,
            service=self.services.of(scope.module.path if scope is not None else site.scope.module.path).id,
            confidence=item.manner.confidence,
            dialect=item.manner.dialect,
            transport=item.manner.transport,
            function=runs.key if runs is not None else "",
            channel=self._channel(item),
            pattern=item.identity.is_pattern and event.startswith("topic:"),
            external=self._is_external(item.identity) or self._is_told_external(item),
            reads=tuple(sorted(use.reads)),
            whole=use.whole,
            typed=item.identity.scope is not None,
        )

    def changes(self) -> tuple[Change, ...]:
        """Where events are changed by those who publish or handle them."""
        made: set[Change] = set()
        for item in self.published:
            if item.identity.scope is not None:
                found = self._usage.of_publisher(item.site.scope.function(), item.identity.scope)
                event = self.names.id_of(item.identity)
                made.update(msgspec.structs.replace(change, event=event) for change in found)
        for item in self.subscribed:
            event = self.names.id_of(item.identity)
            for handler in item.handlers:
                if handler.scope is not None:
                    runs = running(self.evaluator, handler.scope)
                    use = self._usage.of_handler(runs, item.identity.scope)
                    made.update(Change(name, place, runs.key, "handler", event) for name, place in use.changes)
        return tuple(sorted(made))

    def intakes(self) -> tuple[Intake, ...]:
        """What takes deliveries, by function and place."""
        made = {self._intake(item) for item in self.taking}
        return tuple(sorted(made, key=lambda item: (item.location, item.function, item.dialect, item.options)))

    def _intake(self, item: Taking) -> Intake:
        runs = running(self.evaluator, item.scope)
        inside = item.site.scope.function() is item.scope
        return Intake(
            runs.key,
            item.site.location if inside else runs.location(runs.span),
            item.site.location,
            item.manner.dialect,
            item.manner.transport,
            options(item.site.call),
        )

    def _is_external(self, identity: Identity) -> bool:
        if identity.object:
            return identity.location is None
        return bool(identity.external) or _is_foreign(identity)

    def _is_told_external(self, item: Emission) -> bool:
        """Whether a dialect says that the other side is no part of the program."""
        topic = item.identity.topic
        vocabulary = self.evaluator.vocabulary
        return item.manner.external or (
            topic is not None and vocabulary.is_external_topic(item.manner.dialect, topic.value)
        )

    def unresolved(self, gaps: Iterable[tuple[Gap, str]]) -> tuple[Unresolved, ...]:
        named = {id(item.site.call) for item in (*self.published, *self.subscribed)}
        made = {
            Unresolved(
                gap.site.location,
                gap.reason,
                role,  # type: ignore[arg-type]
                gap.manner.dialect,
                gap.manner.transport,
            )
            for gap, role in gaps
            if id(gap.site.call) not in named
        }
        return tuple(sorted(made, key=lambda item: (item.location, item.role, item.dialect)))

    def events(self) -> tuple[EventType, ...]:
        grouped: dict[str, list[tuple[Identity, Emission | None]]] = {}
        for item in (*self.published, *self.subscribed):
            grouped.setdefault(self.names.id_of(item.identity), []).append((item.identity, item))
        for identity in self.defined:
            grouped.setdefault(self.names.id_of(identity), []).append((identity, None))
        for scope in self.declared:
            grouped.setdefault(f"class:{scope.dotted}", []).append((Identity(scope), None))
        made = [self._event(event, found) for event, found in grouped.items()]
        return tuple(sorted(made, key=lambda item: item.id))

    def _event(self, event: str, found: list[tuple[Identity, Emission | None]]) -> EventType:
        emissions = sorted(
            (item for _, item in found if item is not None),
            key=lambda item: (ORDER[item.manner.confidence], item.site.location, item.manner.dialect),
        )
        identities = sorted({identity for identity, _ in found}, key=_identity_order)
        transports = {item.manner.transport for item in emissions} or {item.transport for item in identities}
        confidence: Confidence = emissions[0].manner.confidence if emissions else "strong"
        dialect = emissions[0].manner.dialect if emissions else identities[0].dialect
        scope = next((item.scope for item in identities if item.scope is not None), None)
        if scope is not None and event.startswith("class:"):
            made = self._class_event(event, scope, confidence, dialect, transports)
            dialects = {dialect, *(item.dialect for item in identities)}
            version = self._versions.of(scope, made.aliases, emissions, dialects)
            told = any(self._is_told_external(item) for item in emissions)
            return msgspec.structs.replace(made, version=version, external=told)
        kind: EventKind = (
            "signal" if event.startswith("object:") else "class" if event.startswith("class:") else "topic"
        )
        location = self._location(identities, emissions, kind)
        return EventType(
            id=event,
            name=_name(event, identities),
            kind=kind,
            location=location,
            dialect=dialect,
            confidence=confidence,
            transports=tuple(sorted(transports)),
            aliases=_symbols(identities),
            external=location is None or any(self._is_told_external(item) for item in emissions),
            version=self._versions.of(None, (event.partition("/")[2],), emissions, ()),
        )

    def _location(self, identities: list[Identity], emissions: list[Emission], kind: EventKind) -> Location | None:
        for identity in identities:
            if identity.location is not None:
                return identity.location
            if identity.topic is not None and identity.topic.location is not None:
                return identity.topic.location
        if kind == "topic" and emissions and not all(_is_foreign(item) for item in identities):
            return min(item.site.location for item in emissions)
        return None

    def _class_event(
        self, event: str, scope: Scope, confidence: Confidence, dialect: str, transports: set[Transport]
    ) -> EventType:
        form, mutability = definitions.form(self.evaluator, scope)
        if self.evaluator.marked.get(scope) and form == "plain":
            # A framework makes the class anew; its text does not show how.
            form, mutability = "framework", "unknown"
        return EventType(
            id=event,
            name=scope.name,
            kind="class",
            location=Location(scope.module.path, scope.span, scope.qualname),
            dialect=dialect,
            confidence=confidence,
            transports=tuple(sorted(transports)),
            aliases=tuple(sorted(self.names.aliases(event))),
            fields=definitions.fields(self.evaluator, scope),
            docstring=getattr(scope.node, "docstring", ""),
            bases=self.evaluator.classes.names(scope),
            decorators=definitions.decorator_names(self.evaluator, scope),
            form=form,
            mutability=mutability,
            has_subclasses=self.family.has_subclasses(scope),
            strict=is_strict(self.evaluator, scope)
            or (form in ("dataclass", "attrs", "namedtuple", "plain") and is_unpacked(self.sites, scope)),
            foreign=tuple(base for base in self.evaluator.classes.line(scope) if isinstance(base, str)),
        )

    def types(self) -> tuple[DataType, ...]:
        """The classes that events hold."""
        identities = [*(item.identity for item in (*self.published, *self.subscribed)), *self.defined]
        return self._types.held_by({*(item.scope for item in identities if item.scope is not None), *self.declared})


def _identity_order(identity: Identity) -> tuple[str, str, str]:
    topic = identity.topic
    place = f"{topic.location.path}:{topic.location.line:06}" if topic is not None and topic.location else "~"
    return identity.id, place, topic.symbol if topic is not None else ""


def _is_foreign(identity: Identity) -> bool:
    """Whether the topic is a constant that stands outside the program."""
    topic = identity.topic
    return topic is not None and topic.location is None and topic.symbol.endswith(f".{topic.value}")


def _name(event: str, identities: list[Identity]) -> str:
    if event.startswith("topic:"):
        return event.partition("/")[2]
    return event.rpartition(".")[2].rpartition(":")[2]


def _symbols(identities: list[Identity]) -> tuple[str, ...]:
    """The constants that hold the topic, as `OrderEvents.CREATED`."""
    found = {item.topic.symbol for item in identities if item.topic is not None and item.topic.symbol}
    return tuple(sorted(found))
