"""Follow publishing calls from where they are known to where their event is named, through any number of forwarders."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from evlint.link import concrete
from evlint.link.arguments import bind
from evlint.link.identities import Identity, is_generic_event, sounds_like_event, sounds_past, takes_event
from evlint.link.readings import Emitter, Handler, Manner, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Caller, Sites
from evlint.link.turns import turns
from evlint.link.values import Frame, Instance
from evlint.link.walk import last_name
from evlint.model.facts import Attribute, Call, Expression

DEPTH = 8
# Dialects that go by what a receiver or a parameter is called.
BY_NAME = frozenset({"spoken", "injected"})
UNKNOWN_HANDLER = "the handler is only known when the program runs"


@dataclass(frozen=True, slots=True, eq=False)
class Forwarder:
    """A function that passes its parameters on to `inner` at `site`."""

    sites: Sites
    function: Scope
    inner: Emitter
    site: Site
    manner: Manner
    depth: int

    @property
    def first(self) -> Scope:
        """The function in which the call stands that all this is about."""
        return self.inner.first if isinstance(self.inner, Forwarder) else self.function

    def read(self, call: Call, frame: Frame) -> Reading:
        arguments = {**self._receiver(call, frame), **bind(self.function, call, frame)}
        inside = Frame(self.site.scope, self.function, arguments, frame.choices, frame.depth + 1, loops=frame.loops)
        return self.inner.read(self.site.call, inside)

    def _receiver(self, call: Call, frame: Frame) -> dict[str, tuple[Expression, Frame]]:
        """The object whose method is called, if it says more than the class that has the method."""
        owner = self.function.owner
        if owner is None or not isinstance(call.func, Attribute) or not self.function.parameters:
            return {}
        for value in self.sites.evaluator.values(call.func.value, frame):
            made = value.type if isinstance(value, Instance) and (value.call or value.type is not owner) else None
            if isinstance(made, Scope) and self.sites.evaluator.classes.derives(made, owner):
                return {self.function.parameters[0].name: (call.func.value, frame)}
        return {}


@dataclass(frozen=True, slots=True, eq=False)
class Emission:
    """One event at one call: a publication, or with handlers a subscription; `emitter` read it from the call."""

    site: Site
    identity: Identity
    manner: Manner
    channel: str | None = None
    handlers: tuple[Handler, ...] = ()
    emitter: Emitter | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A call whose event could not be named; a subscribing one may have known handlers."""

    site: Site
    reason: str
    manner: Manner
    handlers: tuple[Handler, ...] = ()


@dataclass(slots=True)
class Findings:
    """What following found.

    `forwarders` are the functions that only pass events on, `commands` the ids of topics that
    carry commands, `drained` the calls that send what was recorded before, `followed` all calls that were looked at.
    `bases` are the classes whose objects, and those of what derives from them, were asked for what the class leaves open.
    """

    emissions: list[Emission] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    forwarders: dict[Scope, Forwarder] = field(default_factory=dict)
    commands: set[str] = field(default_factory=set)
    drained: list[tuple[Emitter, Site]] = field(default_factory=list)
    followed: list[tuple[Emitter, Site]] = field(default_factory=list)
    bases: set[Scope] = field(default_factory=set)


class Follower:
    """Follows emitters from call to call until every event is named or cannot be.

    `needs_handler` says that a call without a handler is incomplete: it follows subscriptions.
    """

    def __init__(self, sites: Sites, *, needs_handler: bool) -> None:
        self.sites = sites
        self.needs_handler = needs_handler
        self.found = Findings()
        self._seen: set[tuple[int, str]] = set()
        self._queue: deque[tuple[Emitter, Site, int]] = deque()

    def follow(self, starts: Iterable[tuple[Emitter, Site]]) -> Findings:
        """Follow all of `starts`, in order."""
        self._queue.extend((emitter, site, 0) for emitter, site in starts)
        while self._queue:
            emitter, site, depth = self._queue.popleft()
            key = (id(site.call), emitter.manner.dialect)
            if key not in self._seen:
                self._seen.add(key)
                self.found.followed.append((emitter, site))
                self._step(emitter, site, depth)
        return self.found

    def _step(self, emitter: Emitter, site: Site, depth: int) -> None:
        reading = emitter.read(site.call, Frame(site.scope))
        self.found.commands.update(reading.commands)
        if reading.drained:
            self.found.drained.append((emitter, site))
        complete = bool(reading.identities) and (bool(reading.handlers) or not self.needs_handler)
        is_open = any(handler.scope is not None and concrete.is_abstract(handler.scope) for handler in reading.handlers)
        if complete and is_open and self._emit_concrete(emitter, site):
            return
        in_turns = turns(self.sites.evaluator, emitter, site, reading) if self.needs_handler else []
        for place, turn in in_turns:
            self._emit(emitter, place, turn)
        if in_turns:
            return
        functions = [
            scope
            for scope, name in reading.parameters
            if scope.kind == "function" and (not emitter.manner.strict or takes_event(name))
        ]
        if complete and not (self._is_topic_only(reading) and functions):
            self._emit(emitter, site, reading)
            return
        forwarded = False
        for function in sorted(set(functions), key=lambda scope: scope.key):
            forwarded |= self._forward(function, emitter, site, depth, reading, only_if_named=complete)
        if complete and not forwarded:
            self._emit(emitter, site, _with_annotated(reading))
        elif not forwarded and (typed := self._told(reading)) and not self.needs_handler:
            self._emit(emitter, site, replace(reading, identities=typed))
        elif forwarded or reading.drained or reading.excluded or not emitter.manner.named:
            return
        elif not self._emit_concrete(emitter, site):
            self.found.gaps.append(Gap(site, reading.reason or UNKNOWN_HANDLER, emitter.manner, reading.handlers))

    def _emit_concrete(self, emitter: Emitter, site: Site) -> bool:
        """Emit what the objects of a class, and of what derives from it, do in its method; says whether any does."""
        owner = concrete.base(site.scope)
        if owner is None or isinstance(emitter, Forwarder):
            return False
        self.found.bases.add(owner)
        emitted = False
        for item in concrete.objects(self.sites, site.scope):
            reading = emitter.read(site.call, item.frame)
            if reading.identities and (reading.handlers or not self.needs_handler):
                self._emit_made(emitter, site, reading, item.made)
                emitted = True
        return emitted

    def _emit_made(self, emitter: Emitter, site: Site, reading: Reading, made: Scope) -> None:
        if not self.needs_handler:
            method = concrete.handling(self.sites, site.scope, made)
            self._emit(emitter, site if method is site.scope else _at(site, method), reading)
        for handler in reading.handlers:
            own = concrete.handling(self.sites, handler.scope, made) if handler.scope is not None else None
            if own is None or (own is handler.scope and own.owner is not made):
                self._emit(emitter, site, replace(reading, handlers=(handler,)))
            else:
                found = Handler(own, own.qualname, own.span)
                self._emit(emitter, _at(site, own), replace(reading, handlers=(found,)))

    def _told(self, reading: Reading) -> tuple[Identity, ...]:
        """The events known by an annotation alone; a base class does not say which event it is."""
        return tuple(item for item in reading.typed if item.scope is None or not self._is_base(item.scope))

    def _is_base(self, scope: Scope) -> bool:
        return is_generic_event(scope.name) or self.sites.family.has_subclasses(scope)

    @staticmethod
    def _is_topic_only(reading: Reading) -> bool:
        """A fixed topic around a payload from a parameter: the callers may say which event it is."""
        return not any(_is_named_by_payload(identity) for identity in reading.identities)

    def _emit(self, emitter: Emitter, site: Site, reading: Reading) -> None:
        for identity in reading.identities:
            self.found.emissions.append(
                Emission(site, identity, emitter.manner, reading.channel, reading.handlers, emitter)
            )

    def _forward(
        self, function: Scope, emitter: Emitter, site: Site, depth: int, reading: Reading, *, only_if_named: bool
    ) -> bool:
        """Follow the callers of `function`; says whether it forwards to any of them."""
        if depth >= DEPTH:
            return False
        forwarder = Forwarder(self.sites, function, emitter, site, emitter.manner, depth + 1)
        callers = list(self.sites.callers(function))
        if reading.typed and not only_if_named:
            # Callers in files that nobody has looked at yet may name the event.
            self.found.forwarders.setdefault(function, forwarder)
        if only_if_named or reading.typed:
            named = [caller for caller in callers if self._names_event(forwarder, caller, clearly=only_if_named)]
            if not named:
                return False
            # Where the topic is known, those that name no event beside those that do send to it all the same.
            callers = [caller for caller in callers if caller.known] if only_if_named else named
        self.found.forwarders.setdefault(function, forwarder)
        if not callers and _is_entry(function):
            return False
        for caller in callers:
            known = forwarder if caller.known else _weaker(forwarder)
            if caller.known or self._names_event(forwarder, caller):
                self._queue.append((known, caller.site, depth + 1))
        return True

    def _names_event(self, forwarder: Forwarder, caller: Caller, *, clearly: bool = False) -> bool:
        """Whether the caller says which event it hands over; `clearly`: by a type string, or a class that sounds like one."""
        reading = forwarder.read(caller.site.call, Frame(caller.site.scope))
        for identity in (*reading.identities, *reading.typed):
            if identity.scope is not None:
                if not clearly or sounds_like_event(self.sites.evaluator, identity.scope):
                    return True
            elif _is_named_by_payload(identity):
                return True
        return False


def _at(site: Site, handler: Scope) -> Site:
    """The registration of a handler that its base class makes for it."""
    return Site(Call(site.call.func, (), handler.span), handler, site.use)


def _is_named_by_payload(identity: Identity) -> bool:
    return identity.scope is not None or bool(identity.external) or identity.channel is not None


def _with_annotated(reading: Reading) -> Reading:
    """The reading of a call on one topic whose payload is a parameter annotated with a fact: that is the event."""
    facts = [item for item in reading.typed if item.scope is not None and sounds_past(item.scope.name)]
    if len(reading.identities) != 1 or len(facts) != 1:
        return reading
    (topic,) = reading.identities
    if topic.scope is not None or topic.external or topic.topic is None:
        return reading
    return replace(reading, identities=(replace(facts[0], topic=topic.topic),))


def _is_entry(function: Scope) -> bool:
    """Whether a function that nobody calls is called by a framework: it is decorated, and not just as a method kind."""
    plain = {"staticmethod", "classmethod", "abstractmethod", "callback", "property", "override"}
    return any(last_name(node.func if isinstance(node, Call) else node) not in plain for node in function.decorators)


def _weaker(forwarder: Forwarder) -> Forwarder:
    manner = replace(forwarder.manner, confidence="likely")
    return replace(forwarder, manner=manner)


def distinct(emissions: Iterable[Emission]) -> Iterator[Emission]:
    """Each event once for each call, the surest claim first; what is known by name alone yields to all else."""
    order = {"certain": 0, "strong": 1, "likely": 2}
    best: dict[tuple[int, str], Emission] = {}
    found = list(emissions)
    known = {id(emission.site.call) for emission in found if emission.manner.dialect not in BY_NAME}
    for emission in found:
        if emission.manner.dialect in BY_NAME and id(emission.site.call) in known:
            continue
        key = (id(emission.site.call), emission.identity.id)
        other = best.get(key)
        if other is None or order[emission.manner.confidence] < order[other.manner.confidence]:
            best[key] = emission
    yield from best.values()
