"""Publications and subscriptions that the dialects know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evlint.link import callbacks, handlers, hints, payloads, roles
from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity, class_identity, is_command, is_event, is_generic_event
from evlint.link.matching import confidence, manner
from evlint.link.objects import each, signals
from evlint.link.readings import Handler, Manner, Reader, Reading
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Decoration, Sites
from evlint.link.tasks import runners, tasks
from evlint.link.values import Frame, Instance
from evlint.link.vocabulary import Rule
from evlint.link.walk import statements
from evlint.model.dialect import PatternKind
from evlint.model.facts import Assign, Attribute, Call, Expression, Function


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
        if self.manner.kind == "task":
            return tasks(self.evaluator, self.rule, self.manner, call, frame)
        events = roles.places(self.evaluator, self.rule, "event", call, frame)
        topics = roles.places(self.evaluator, self.rule, "topic", call, frame)
        texts = roles.topics(self.evaluator, self.rule, "topic", call, frame)
        reading = reader.read(events, topics, texts=texts)
        if reading.identities or reading.parameters:
            return reading
        starts = roles.starts(self.evaluator, self.rule, call, frame)
        return replace(
            reading, parameters=frozenset(r for place in starts for r in payloads.roots(self.evaluator, *place))
        )


@dataclass(frozen=True, slots=True, eq=False)
class LoopEmitter:
    """A loop over deliveries, or a call that waits for one; whoever hands over the consumer says which."""

    rule: Rule
    manner: Manner
    evaluator: Evaluator

    def read(self, call: Call, frame: Frame) -> Reading:
        reader = Reader(self.evaluator, self.manner)
        texts = roles.topics(self.evaluator, self.rule, "topic", call, frame)
        events = roles.places(self.evaluator, self.rule, "event", call, frame)
        if texts or events:
            return reader.read(events, events, texts=texts, subscribing=True)
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
        if not places and decorated is None and self._makes_a_receiver():
            # It takes deliveries only where it is given a handler; else a loop over what it returns does.
            return Reading(excluded=True)
        roots = frozenset(root for place in places for root in payloads.roots(evaluator, *place))
        if self.manner.kind == "object":
            reading = signals(evaluator, self.rule, self.manner, call, frame)
        elif self.manner.kind == "task":
            reading = tasks(evaluator, self.rule, self.manner, call, frame, decorated)
        else:
            first = found[0].scope if found else None
            events = roles.places(evaluator, self.rule, "event", call, frame, first)
            topics = roles.places(evaluator, self.rule, "topic", call, frame, first)
            texts = roles.topics(evaluator, self.rule, "topic", call, frame, first)
            reading = reader.read(events, [*topics, *events], texts=texts, subscribing=True)
            reading = self._with_classes(reading, found, places)
        return replace(reading, handlers=tuple(found), parameters=reading.parameters | roots)

    def _makes_a_receiver(self) -> bool:
        others = self.sites.evaluator.vocabulary.rules("object", self.rule.last)
        return any(rule.pattern.act == "carrier" and rule.dialect is self.rule.dialect for rule in others)

    def _handlers(
        self, reader: Reader, call: Call, frame: Frame, decorated: Scope | None
    ) -> tuple[list[Handler], list[tuple[Expression, Frame]]]:
        role = self.rule.pattern.roles.get("handler", "decorated")
        if role.startswith("decorated"):
            return ([Handler(decorated, decorated.qualname, decorated.span)] if decorated is not None else []), []
        places = roles.places(self.sites.evaluator, self.rule, "handler", call, frame, decorated)
        if self.manner.kind == "task":
            return runners(value for place in places for value in each(self.sites.evaluator, *place)), places
        return reader.handlers(places), places

    def _with_classes(self, reading: Reading, found: list[Handler], places: list[tuple[Expression, Frame]]) -> Reading:
        """Where topics name events, the class that the handler takes or was made for is the event, too."""
        evaluator = self.sites.evaluator
        made_for = [scope for place in places for scope in payloads.made_for(evaluator, *place)]
        if made_for and all(is_command(evaluator, scope) for scope in made_for):
            return Reading(excluded=True, commands=tuple(item.topic_id for item in reading.identities))
        classes = [class_identity(scope, self.manner) for scope in made_for if is_event(evaluator, scope)]
        classes = classes or [
            identity
            for handler in found
            if handler.scope is not None
            for identity in handlers.annotated_events(evaluator, handler.scope, self.manner)
        ]
        if reading.identities or self.manner.kind == "topic":
            # What all events are handed over as does not say which one it is.
            classes = [item for item in classes if item.scope is None or not is_generic_event(item.scope.name)]
        if not classes or any(identity.scope is not None for identity in reading.identities):
            return reading
        topics = [identity.topic for identity in reading.identities]
        topic = topics[0] if len(topics) == 1 else None
        if self.manner.kind == "topic" and len(topics) > 1:
            return reading
        return replace(reading, identities=tuple(replace(identity, topic=topic) for identity in classes))


class Patterns:
    """Goes through the rules of the active dialects."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.evaluator = sites.evaluator

    def _calls(self, kind: PatternKind, acts: frozenset[str]) -> Iterator[tuple[Rule, Manner, Site]]:
        for rule in self.evaluator.vocabulary.all_rules(kind):
            if rule.pattern.act in acts:
                for site in self._called(rule):
                    sure = confidence(self.evaluator, rule, site.call.func, Frame(site.scope))
                    if sure is not None:
                        yield rule, manner(rule, sure), site

    def _called(self, rule: Rule) -> Iterable[Site]:
        """The calls that end in what the rule matches; where calling the thing itself counts, those of its names."""
        if rule.name != "__call__" or rule.type is None:
            return self.sites.calls(rule.last)
        names = self.sites.names_of(self.evaluator.vocabulary.makers(rule.type)) | {*rule.type.receiver.receiver_names}
        return [site for name in sorted(names) for site in self.sites.calls(name)]

    def invoked(self) -> Iterator[Scope]:
        """The functions that publish by being called, because of how they are decorated."""
        for rule in self.evaluator.vocabulary.rules("call", "__call__"):
            if rule.type is not None:
                for name in self.evaluator.vocabulary.makers(rule.type):
                    yield from (item.target for item in self.sites.decorations(name) if item.target.kind == "function")

    def _decorations(self, acts: frozenset[str]) -> Iterator[tuple[Rule, Manner, Decoration]]:
        for rule in self.evaluator.vocabulary.all_rules("decorator"):
            if rule.pattern.act not in acts:
                continue
            named = rule.name == "__call__"
            for decoration in self.sites.all_decorations() if named else self.sites.decorations(rule.last):
                if not _takes(rule.pattern.bare, decoration.node):
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
                    # A base of other events says what they share; it is no event itself unless somebody uses it.
                    if act == "define" and not self.sites.family.has_subclasses(scope):
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
        """Functions whose decorators publish: what they return, or what the decorator names."""
        for rule, way, decoration in self._decorations(frozenset({"publish"})):
            call = _as_call(decoration.node)
            function = decoration.target
            found = self._returned if rule.pattern.modifier == "publish_return" else self._told
            for identity in found(rule, way, call, decoration):
                yield Emission(Site(call, function, "passed"), identity, way)

    def _told(self, rule: Rule, way: Manner, call: Call, decoration: Decoration) -> tuple[Identity, ...]:
        """The events that a decorator names, which calling the function publishes."""
        keys = roles.places(self.evaluator, rule, "event", call, decoration.frame, decoration.target)
        texts = roles.topics(self.evaluator, rule, "topic", call, decoration.frame, decoration.target)
        reader = Reader(self.evaluator, way)
        texts = texts or [text for place in keys for text in reader.texts(place)]
        return reader.read([], keys, texts=texts).identities

    def _returned(self, rule: Rule, way: Manner, call: Call, decoration: Decoration) -> tuple[Identity, ...]:
        function = decoration.target
        events = [(node, Frame(function)) for node in function.returns]
        texts = roles.topics(self.evaluator, rule, "topic", call, decoration.frame, function)
        identities = Reader(self.evaluator, replace(way, strict=True)).read(events, [], texts=texts).identities
        classes = self._return_annotation(function, way)
        if classes and not any(identity.scope is not None for identity in identities):
            topic = texts[0] if len(texts) == 1 else None
            return tuple(replace(identity, topic=topic) for identity in classes)
        return identities

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
        yield from self._applied()

    def _applied(self) -> Iterator[Emission]:
        """Decorators that are called like functions: `bus.on(Paid)(send_receipt)`."""
        for rule, way, site in self._calls("decorator", frozenset({"subscribe"})):
            outer = self.sites.applied.get(id(site.call))
            if outer is None or not outer.call.args or not _takes(rule.pattern.bare, site.call):
                continue
            frame = Frame(site.scope)
            found = Reader(self.evaluator, way).handlers([(outer.call.args[0].value, frame)])
            decorated = next((handler.scope for handler in found if handler.scope is not None), None)
            reading = PatternRegistration(rule, way, self.sites).read_decorated(site.call, frame, decorated)
            for identity in reading.identities:
                yield Emission(site, identity, way, None, tuple(found))

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
            for node in scope.loops:
                yield from self._loop(rules, scope, node, ("__aiter__", "__iter__"))
        for name in sorted({rule.last for rule in rules}):
            for site in self.sites.calls(name):
                if site.scope.kind in ("function", "module"):
                    yield from self._loop(rules, site.scope, site.call, (name,))

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
                        if rule is not None and isinstance(target, Attribute):
                            yield from self._assigned(rule, scope, target, node.value)

    def _assigned(self, rule: Rule, scope: Scope, target: Attribute, value: Expression) -> Iterator[Emission]:
        sure = confidence(self.evaluator, rule, target, Frame(scope))
        if sure is None:
            return
        call = Call(target, (), target.span)
        way = manner(rule, sure)
        found = Reader(self.evaluator, way).handlers([(value, Frame(scope))])
        texts = roles.topics(self.evaluator, rule, "topic", call, Frame(scope)) or [
            text
            for place in callbacks.set_up(self.evaluator, rule, scope, target, "topic")
            for text in roles.named(self.evaluator, place)
        ]
        for text in dict.fromkeys(texts):
            identity = Identity(None, "", "", text, way.namespace, None, way.transport, way.dialect)
            yield Emission(Site(call, scope, "passed"), identity, way, None, tuple(found))


def _takes(bare: bool | str, node: Expression) -> bool:
    """Whether a decorator is written with or without call parentheses as the rule asks."""
    return bare != "only" if isinstance(node, Call) else bool(bare)


def _as_call(node: Expression) -> Call:
    return node if isinstance(node, Call) else Call(node, (), node.span)


__all__ = ["PatternEmitter", "PatternRegistration", "Patterns"]
