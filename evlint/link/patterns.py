"""Publications and subscriptions that the dialects know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evlint.link import handlers, hints, payloads, roles
from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity, can_be_event, class_identity, is_command, sounds_like_event
from evlint.link.readings import Handler, Manner, Reader, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Decoration, Sites
from evlint.link.values import ClassObject, ExternalObject, Frame, FunctionObject, Instance, Text, Unbound
from evlint.link.vocabulary import Rule
from evlint.link.walk import last_name, statements
from evlint.model.dialect import Dialect, PatternKind
from evlint.model.facts import Assign, Attribute, Call, Expression, For, Function
from evlint.model.program import Confidence


def confidence(evaluator: Evaluator, rule: Rule, callee: Expression, frame: Frame) -> Confidence | None:
    """How sure it is that `callee` is what the rule matches; None when it is not."""
    if rule.type is None:
        return "certain" if _is_named(evaluator, rule, callee, frame) else None
    receiver = callee if rule.name == "__call__" else callee.value if isinstance(callee, Attribute) else None
    if receiver is None:
        return None
    values = evaluator.values(receiver, frame)
    known = [value for value in values if not isinstance(value, Unbound)]
    for value in known:
        if any(reference.name == rule.type.name for reference in evaluator.vocabulary.types(value, evaluator)):
            return "certain"
    return "likely" if not known and _is_spoken(rule.dialect, rule.type.key, receiver) else None


def _is_spoken(dialect: Dialect, key: str, receiver: Expression) -> bool:
    """Whether a receiver of unknown type is named like the type, or is the attribute of one that is: `hass.bus`."""
    if last_name(receiver).lstrip("_") in dialect.types[key].receiver_names:
        return True
    return isinstance(receiver, Attribute) and any(
        owner.attrs.get(receiver.attr) == key and last_name(receiver.value).lstrip("_") in owner.receiver_names
        for owner in dialect.types.values()
    )


def _is_named(evaluator: Evaluator, rule: Rule, callee: Expression, frame: Frame) -> bool:
    for value in evaluator.values(callee, frame):
        match value:
            case ExternalObject(name=name) if name == rule.name:
                return True
            case FunctionObject(scope=scope) | ClassObject(scope=scope) if scope.dotted == rule.name:
                return True
            case Instance(type=str() as name) if name == rule.name:
                return True
    return False


def manner(rule: Rule, sure: Confidence) -> Manner:
    header = rule.dialect.dialect
    return Manner(
        header.identity,
        rule.namespace,
        rule.pattern.transport or header.transport,
        rule.dialect.id,
        sure,
        rule.pattern.awaited == "yes",
        rule.pattern.modifier == "buffer",
        asks=rule.pattern.act == "request",
    )


@dataclass(frozen=True, slots=True, eq=False)
class PatternEmitter:
    """A call that a dialect knows to publish."""

    rule: Rule
    manner: Manner
    evaluator: Evaluator

    def read(self, call: Call, frame: Frame) -> Reading:
        reader = Reader(self.evaluator, self.manner)
        if self.manner.kind == "object":
            return signals(self.evaluator, self.rule, self.manner, call, frame)
        events = roles.places(self.evaluator, self.rule, "event", call, frame)
        topics = roles.places(self.evaluator, self.rule, "topic", call, frame)
        texts = roles.topics(self.evaluator, self.rule, "topic", call, frame)
        return reader.read(events, topics, texts=texts)


@dataclass(frozen=True, slots=True, eq=False)
class LoopEmitter:
    """A loop over deliveries, or a call that waits for one; whoever hands over the consumer says which."""

    rule: Rule
    manner: Manner
    evaluator: Evaluator

    def read(self, call: Call, frame: Frame) -> Reading:
        texts = roles.topics(self.evaluator, self.rule, "topic", call, frame)
        if texts:
            return Reader(self.evaluator, self.manner).read([], [], texts=texts)
        receiver = call.func.value if isinstance(call.func, Attribute) else call.func
        parameters = frozenset(payloads.roots(self.evaluator, receiver, frame))
        return Reading(parameters=parameters, reason="the topic is only known when the program runs")


@dataclass(frozen=True, slots=True, eq=False)
class PatternRegistration:
    """A call or decorator that a dialect knows to subscribe."""

    rule: Rule
    manner: Manner
    sites: Sites

    def read(self, call: Call, frame: Frame) -> Reading:
        return self.read_decorated(call, frame, self.sites.decorated.get(id(call)))

    def read_decorated(self, call: Call, frame: Frame, decorated: Scope | None) -> Reading:
        evaluator = self.sites.evaluator
        reader = Reader(evaluator, self.manner)
        found, places = self._handlers(reader, call, frame, decorated)
        roots = frozenset(root for place in places for root in payloads.roots(evaluator, *place))
        if self.manner.kind == "object":
            reading = signals(evaluator, self.rule, self.manner, call, frame)
        else:
            first = found[0].scope if found else None
            events = roles.places(evaluator, self.rule, "event", call, frame, first)
            topics = roles.places(evaluator, self.rule, "topic", call, frame, first)
            texts = roles.topics(evaluator, self.rule, "topic", call, frame, first)
            reading = reader.read(events, [*topics, *events], texts=texts, subscribing=True)
            reading = self._with_classes(reading, found, places)
        return replace(reading, handlers=tuple(found), parameters=reading.parameters | roots)

    def _handlers(
        self, reader: Reader, call: Call, frame: Frame, decorated: Scope | None
    ) -> tuple[list[Handler], list[tuple[Expression, Frame]]]:
        role = self.rule.pattern.roles.get("handler", "decorated")
        if role.startswith("decorated"):
            return ([Handler(decorated, decorated.qualname, decorated.span)] if decorated is not None else []), []
        places = roles.places(self.sites.evaluator, self.rule, "handler", call, frame, decorated)
        return reader.handlers(places), places

    def _with_classes(self, reading: Reading, found: list[Handler], places: list[tuple[Expression, Frame]]) -> Reading:
        """Where topics name events, the class that the handler takes or was made for is the event, too."""
        evaluator = self.sites.evaluator
        made_for = [scope for place in places for scope in payloads.made_for(evaluator, *place)]
        if made_for and all(is_command(evaluator, scope) for scope in made_for):
            return Reading(excluded=True, commands=tuple(item.topic_id for item in reading.identities))
        classes = [
            class_identity(scope, self.manner)
            for scope in made_for
            if can_be_event(evaluator, scope) and sounds_like_event(evaluator, scope)
        ]
        classes = classes or [
            identity
            for handler in found
            if handler.scope is not None
            for identity in handlers.annotated_events(evaluator, handler.scope, self.manner)
        ]
        if not classes or any(identity.scope is not None for identity in reading.identities):
            return reading
        topics = [identity.topic for identity in reading.identities]
        topic = topics[0] if len(topics) == 1 else None
        if self.manner.kind == "topic" and len(topics) > 1:
            return reading
        return replace(reading, identities=tuple(replace(identity, topic=topic) for identity in classes))


def signals(evaluator: Evaluator, rule: Rule, way: Manner, call: Call, frame: Frame) -> Reading:
    """The signal objects that a call speaks of."""
    found: list[Identity] = []
    places = roles.places(evaluator, rule, "event", call, frame)
    for node, where in places:
        for value in _each(evaluator, node, where):
            identity = _signal(evaluator, value, way)
            if identity is not None:
                found.append(identity)
    roots = frozenset(root for place in places for root in payloads.roots(evaluator, *place))
    return Reading(tuple(dict.fromkeys(found)), (), roots, reason="the signal is only known when the program runs")


def _each(evaluator: Evaluator, node: Expression, frame: Frame) -> Iterator[object]:
    from evlint.link.values import Items

    for value in evaluator.values(node, frame):
        if isinstance(value, Items):
            for item in value.node.items:
                yield from _each(evaluator, item, value.frame)
        else:
            yield value


def _signal(evaluator: Evaluator, value: object, way: Manner) -> Identity | None:
    match value:
        case Instance(binding=str() as binding, location=location) if binding:
            return Identity(object=binding, location=location, transport=way.transport, dialect=way.dialect)
        case Instance(call=Call() as call, frame=Frame() as frame) if call.args:
            text = next(iter(roles.named(evaluator, (call.args[0].value, frame))), None)
            if text is not None:
                return Identity(
                    object=f"{way.namespace}.{text.value}",
                    location=frame.scope.location(call.span),
                    transport=way.transport,
                    dialect=way.dialect,
                )
        case ExternalObject(name=name):
            return Identity(object=name, transport=way.transport, dialect=way.dialect)
    return None


class Patterns:
    """Goes through the rules of the active dialects."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.evaluator = sites.evaluator

    def _calls(self, kind: PatternKind, acts: frozenset[str]) -> Iterator[tuple[Rule, Manner, Site]]:
        for rule in self.evaluator.vocabulary.all_rules(kind):
            if rule.pattern.act in acts and rule.dialect.dialect.scope in ("on", "boundary", "subscriber-only"):
                for site in self.sites.calls(rule.last):
                    sure = confidence(self.evaluator, rule, site.call.func, Frame(site.scope))
                    if sure is not None:
                        yield rule, manner(rule, sure), site

    def _decorations(self, acts: frozenset[str]) -> Iterator[tuple[Rule, Manner, Decoration]]:
        for rule in self.evaluator.vocabulary.all_rules("decorator"):
            if rule.pattern.act not in acts or rule.dialect.dialect.scope in ("ui", "off"):
                continue
            named = rule.name == "__call__"
            for decoration in self.sites.all_decorations() if named else self.sites.decorations(rule.last):
                if not isinstance(decoration.node, Call) and not rule.pattern.bare:
                    continue
                sure = confidence(self.evaluator, rule, decoration.callee, decoration.frame)
                if sure is not None:
                    yield rule, manner(rule, sure), decoration

    def mark(self) -> Iterator[Identity]:
        """Mark the classes that dialects define as events or as none, and yield the events."""
        for act in ("exclude", "define"):
            for rule, way, decoration in self._decorations(frozenset({act})):
                if decoration.target.kind == "class":
                    self.evaluator.marked[decoration.target] = act == "define"
                    if act == "define":
                        yield Identity(decoration.target, transport=way.transport, dialect=rule.dialect.id)
            yield from self._derived(act)

    def _derived(self, act: str) -> Iterator[Identity]:
        for rule in self.evaluator.vocabulary.all_rules("class"):
            if rule.pattern.act != act:
                continue
            for scope in self.sites.scopes:
                if scope.kind == "class" and rule.name in self.evaluator.classes.names(scope):
                    self.evaluator.marked[scope] = act == "define"
                    if act == "define":
                        transport = rule.pattern.transport or rule.dialect.dialect.transport
                        yield Identity(scope, transport=transport, dialect=rule.dialect.id)

    def objects(self) -> Iterator[Identity]:
        """Signal objects that are made at module or class level."""
        for rule in self.evaluator.vocabulary.all_rules("object"):
            if rule.pattern.act != "define" or rule.dialect.dialect.identity != "object":
                continue
            for site in self.sites.calls(rule.last):
                if site.scope.kind in ("module", "class") and site.use == "assigned":
                    sure = confidence(self.evaluator, rule, site.call.func, Frame(site.scope))
                    if sure is not None:
                        yield from self._bound(site, manner(rule, sure))

    def _bound(self, site: Site, way: Manner) -> Iterator[Identity]:
        for name, bindings in site.scope.bindings.items():
            for binding in bindings:
                if binding.kind == "value" and binding.value is site.call and binding.span is not None:
                    yield Identity(
                        object=f"{site.scope.dotted}.{name}",
                        location=site.scope.location(binding.span),
                        transport=way.transport,
                        dialect=way.dialect,
                    )

    def publishing(self) -> Iterator[tuple[PatternEmitter, Site]]:
        """The calls that publish."""
        for rule, way, site in self._calls("call", frozenset({"publish", "request"})):
            if rule.dialect.dialect.scope != "subscriber-only":
                yield PatternEmitter(rule, way, self.evaluator), site

    def returning(self) -> Iterator[Emission]:
        """Functions whose decorators publish what they return."""
        for rule, way, decoration in self._decorations(frozenset({"publish"})):
            call = _as_call(decoration.node)
            function = decoration.target
            reader = Reader(self.evaluator, way)
            events = [(node, Frame(function)) for node in function.returns]
            texts = roles.topics(self.evaluator, rule, "topic", call, decoration.frame, function)
            reading = reader.read(events, [], texts=texts)
            classes = self._return_annotation(function, way)
            identities = reading.identities
            if classes and not any(identity.scope is not None for identity in identities):
                topic = texts[0] if len(texts) == 1 else None
                identities = tuple(replace(identity, topic=topic) for identity in classes)
            for identity in identities:
                yield Emission(Site(call, function, "passed"), identity, way)

    def _return_annotation(self, function: Scope, way: Manner) -> list[Identity]:
        returns = function.node.returns if isinstance(function.node, Function) else None
        if returns is None:
            return []
        found = hints.instances(self.evaluator, returns, Frame(function.parent or function))
        return [
            class_identity(value.type, way)
            for value in found
            if isinstance(value, Instance) and isinstance(value.type, Scope)
        ]

    def subscribing(self) -> Iterator[tuple[PatternRegistration, Site]]:
        """The calls that subscribe; those that stand as decorators are read by `decorating`."""
        for kind in ("call", "table"):
            for rule, way, site in self._calls(kind, frozenset({"subscribe"})):
                if id(site.call) not in self.sites.decorated:
                    yield PatternRegistration(rule, way, self.sites), site

    def decorating(self) -> Iterator[Emission]:
        """Subscriptions by decorator."""
        for rule, way, decoration in self._decorations(frozenset({"subscribe"})):
            call = _as_call(decoration.node)
            registration = PatternRegistration(rule, way, self.sites)
            reading = registration.read_decorated(call, decoration.frame, decoration.target)
            scope = decoration.target.parent or decoration.target
            for identity in reading.identities:
                yield Emission(Site(call, scope, "passed"), identity, way, None, reading.handlers)

    def looping(self) -> Iterator[tuple[LoopEmitter, Site]]:
        """Where deliveries are taken in a loop, with what says which."""
        for rule, way, site in self.loops():
            yield LoopEmitter(rule, way, self.evaluator), site

    def loops(self) -> Iterator[tuple[Rule, Manner, Site]]:
        """Where deliveries are taken in a loop, whatever they are about."""
        rules = list(self.evaluator.vocabulary.all_rules("loop"))
        if not rules:
            return
        for scope in self.sites.scopes:
            if scope.kind not in ("function", "module"):
                continue
            for node in statements(scope.body):
                if isinstance(node, For):
                    yield from self._loop(rules, scope, node.iterable, ("__aiter__", "__iter__"))
            for site in scope.sites:
                last = last_name(site.call.func)
                if any(rule.last == last for rule in rules):
                    yield from self._loop(rules, scope, site.call, (last,))

    def _loop(
        self, rules: list[Rule], scope: Scope, node: Expression, names: tuple[str, ...]
    ) -> Iterator[tuple[Rule, Manner, Site]]:
        for rule in rules:
            if rule.last not in names:
                continue
            is_iteration = rule.last.startswith("__")
            callee = Attribute(node, rule.last, node.span) if is_iteration else getattr(node, "func", node)
            sure = confidence(self.evaluator, rule, callee, Frame(scope))
            if sure is None:
                continue
            call = Call(callee, () if is_iteration or not isinstance(node, Call) else node.args, node.span)
            yield rule, manner(rule, sure), Site(call, scope, "passed")

    def assigning(self) -> Iterator[Emission]:
        """Handlers that are assigned: `client.on_message = handle`."""
        rules = {rule.last: rule for rule in self.evaluator.vocabulary.all_rules("assign")}
        if not rules:
            return
        for scope in self.sites.scopes:
            for node in statements(scope.body):
                if isinstance(node, Assign) and node.value is not None:
                    for target in node.targets:
                        rule = rules.get(target.attr) if isinstance(target, Attribute) else None
                        if rule is not None:
                            yield from self._assigned(rule, scope, target, node.value)

    def _assigned(self, rule: Rule, scope: Scope, target: Expression, value: Expression) -> Iterator[Emission]:
        sure = confidence(self.evaluator, rule, target, Frame(scope))
        if sure is None:
            return
        call = Call(target, (), target.span)
        way = manner(rule, sure)
        found = Reader(self.evaluator, way).handlers([(value, Frame(scope))])
        for text in roles.topics(self.evaluator, rule, "topic", call, Frame(scope)):
            identity = Identity(None, "", "", text, way.namespace, None, way.transport, way.dialect)
            yield Emission(Site(call, scope, "passed"), identity, way, None, tuple(found))


def _as_call(node: Expression) -> Call:
    return node if isinstance(node, Call) else Call(node, (), node.span)


__all__ = ["PatternEmitter", "PatternRegistration", "Patterns", "Text", "signals"]
