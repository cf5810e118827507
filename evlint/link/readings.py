"""Read what a publishing or subscribing call says: which event, and which handler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evlint.link import payloads
from evlint.link.arguments import bind
from evlint.link.envelopes import carried_name, routed_names
from evlint.link.evaluate import Evaluator
from evlint.link.identities import (
    Identity,
    can_be_event,
    is_command,
    is_generic_event,
    names_better,
    sounds_like_event,
)
from evlint.link.results import provided, provides
from evlint.link.scopes import Scope
from evlint.link.unwrapping import wrapped
from evlint.link.values import ClassObject, ExternalObject, Frame, FunctionObject, Instance, Items, Text, Value
from evlint.model.dialect import Identity as IdentityKind
from evlint.model.facts import Call, Expression, Name
from evlint.model.facts import Sequence as SequenceNode
from evlint.model.program import Confidence, Transport
from evlint.model.source import Span

Place = tuple[Expression, Frame]


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """What runs for a delivery: a function or class of the program, or only its name.

    `around` are the functions that were put around it, and run first.
    """

    scope: Scope | None
    name: str
    place: Span | None = None
    around: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a call says.

    `parameters` are those of the enclosing functions that the missing parts depend on: then the function only
    forwards. `typed` are events known by the annotation of such a parameter alone. `reason` says why nothing is
    known. `drained` marks a call that passes on events recorded elsewhere, `excluded` one that is about no event;
    `commands` are the ids of topics on which commands travel.
    """

    identities: tuple[Identity, ...] = ()
    handlers: tuple[Handler, ...] = ()
    parameters: frozenset[tuple[Scope, str]] = frozenset()
    typed: tuple[Identity, ...] = ()
    channel: str | None = None
    reason: str = ""
    drained: bool = False
    excluded: bool = False
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How events are named and travel at a site.

    `named` says that a call whose event cannot be named is worth telling, `strict` that only classes named like
    events count, `asks` that the call waits for an answer, `external` that the other side is another program.
    `once_with` is the parameter by which a handler takes part in the transaction that ends its delivery. `traced` says
    that the framework gives events the ids of their action.
    """

    kind: IdentityKind
    namespace: str
    transport: Transport
    dialect: str
    confidence: Confidence
    asynchronous: bool = False
    buffered: bool = False
    named: bool = True
    strict: bool = False
    asks: bool = False
    external: bool = False
    once_with: str = ""
    traced: bool = False


class Emitter(Protocol):
    """Anything that can say what a call of it does."""

    @property
    def manner(self) -> Manner: ...

    def read(self, call: Call, frame: Frame) -> Reading: ...


@dataclass(frozen=True, slots=True, eq=False)
class MethodEmitter:
    """A function of the program whose parameters carry the event, which may be routed by a field of it, or the topic."""

    function: Scope
    manner: Manner
    evaluator: Evaluator
    event: str = ""
    topic: str = ""
    routed_by: str = ""

    def read(self, call: Call, frame: Frame) -> Reading:
        given = bind(self.function, call, frame)
        reader = Reader(self.evaluator, self.manner)
        events = [given[self.event]] if self.event in given else []
        topics = [given[self.topic]] if self.topic in given else []
        if self.routed_by:
            texts = [text for place in events for text in routed_names(self.evaluator, *place, self.routed_by)]
            if texts:
                return reader.named(texts)
            return _without_envelopes(reader.read(events, topics))
        return reader.read(events, topics)


def _without_envelopes(reading: Reading) -> Reading:
    """On a bus that looks into events for what they are, a class of all events does not say which one it is."""
    kept = tuple(item for item in reading.identities if item.scope is None or not is_generic_event(item.scope.name))
    return replace(reading, identities=kept)


def _is_generic(value: Instance | ClassObject | str) -> bool:
    scope = value.scope if isinstance(value, ClassObject) else value.type if isinstance(value, Instance) else None
    return isinstance(scope, Scope) and is_generic_event(scope.name)


class Reader:
    """Puts together what the expressions in the roles of a call say."""

    def __init__(self, evaluator: Evaluator, manner: Manner) -> None:
        self.evaluator = evaluator
        self.manner = manner

    def read(
        self,
        events: Sequence[Place],
        topics: Sequence[Place],
        *,
        texts: Sequence[Text] | None = None,
        subscribing: bool = False,
    ) -> Reading:
        """The reading of a call whose payload or event key stands in `events` and whose topic in `topics`.

        `texts` are the topics where they are known already.
        """
        if texts is None:
            texts = [text for place in topics for text in self.texts(place)]
        keys, excluded = self.classes(topics)
        made, payload_parameters, dropped = self.payloads(events, subscribing=subscribing)
        excluded = excluded or dropped
        told = [carried_name(self.evaluator, value) for value in made if isinstance(value, Instance)]
        if told and None not in told and not keys:
            channel = texts[0].value if texts and self.manner.transport == "broker" else None
            return self.named([text for text in told if text is not None], channel)
        classes = [*keys, *made]
        typed = tuple(self._identity(value, None) for value in payload_parameters)
        if not classes and not texts and self.manner.kind != "object":
            texts = [found[1] for place in events if (found := payloads.named_in(self.evaluator, *place)) is not None]
        if self.manner.kind == "class" and classes:
            texts = []
        identities = self._join(classes, texts)
        if not classes and texts and self.manner.transport == "broker" and not subscribing:
            identities = self._by_payload(events, texts) or identities
        roots = frozenset(root for place in (*events, *topics) for root in payloads.roots(self.evaluator, *place))
        if identities:
            return Reading(identities, parameters=roots, typed=typed)
        drained = any(payloads.is_drained(self.evaluator, *place) for place in events)
        return Reading((), parameters=roots, typed=typed, drained=drained, excluded=excluded, reason=self._reason())

    def named(self, texts: Sequence[Text], channel: str | None = None) -> Reading:
        """The reading of a call whose events are known by name alone."""
        named = (replace(self._identity(None, text), channel=channel) for text in texts)
        return Reading(tuple(dict.fromkeys(named)))

    def _reason(self) -> str:
        what = {"class": "the event's class", "object": "the signal", "topic": "the topic", "task": "the task"}
        return f"{what[self.manner.kind]} is only known when the program runs"

    def _join(self, classes: list[Instance | ClassObject | str], texts: Sequence[Text]) -> tuple[Identity, ...]:
        if self.manner.kind == "topic" and any(text.is_known for text in texts):
            # What all events are made of does not say which one it is.
            classes = [value for value in classes if not _is_generic(value)]
        if classes and len(texts) <= 1:
            text = texts[0] if texts else None
            return tuple(dict.fromkeys(self._identity(value, text) for value in classes))
        if classes and not texts:
            return tuple(self._identity(value, None) for value in classes)
        return tuple(dict.fromkeys(self._identity(None, text) for text in texts if text.is_known))

    def _by_payload(self, events: Sequence[Place], texts: Sequence[Text]) -> tuple[Identity, ...]:
        """The event that a type string in the payload names, on a topic that does not name one itself."""
        named = (payloads.named_in(self.evaluator, *place) for place in events)
        key, text = next((found for found in named if found is not None), ("", None))
        if text is None or not names_better(text, texts, explicit=key in payloads.EVENT_KEYS):
            return ()
        return tuple(replace(self._identity(None, text), channel=topic.value) for topic in texts[:1])

    def _identity(self, value: Instance | ClassObject | str | None, text: Text | None) -> Identity:
        scope = None
        external = ""
        if isinstance(value, ClassObject):
            scope = value.scope
        elif isinstance(value, Instance):
            scope = value.type if isinstance(value.type, Scope) else None
            external = value.type if isinstance(value.type, str) else ""
        elif value is not None:
            external = value
        manner = self.manner
        return Identity(scope, external, "", text, manner.namespace, None, manner.transport, manner.dialect)

    def texts(self, place: Place) -> list[Text]:
        """The strings that may stand at a place, those of lists included."""
        node, frame = place
        found: list[Text] = []
        for value in self.evaluator.values(node, frame):
            found.extend(self._texts_of(value))
        return found

    def _texts_of(self, value: Value) -> list[Text]:
        if isinstance(value, Text):
            return [value] if value.is_known else []
        if isinstance(value, Items):
            return [text for item in value.node.items for text in self.texts((item, value.frame))]
        return []

    def classes(self, places: Iterable[Place]) -> tuple[list[Instance | ClassObject | str], bool]:
        """The classes that stand at the places themselves (not instances), and whether some were no events."""
        found: list[Instance | ClassObject | str] = []
        excluded = False
        for node, frame in places:
            if payloads.is_parameter(self.evaluator, node, frame):
                # An annotation, as `type[Event]`, says which class is the least that it can be.
                continue
            for value in self._listed(node, frame):
                if isinstance(value, ClassObject):
                    if can_be_event(self.evaluator, value.scope):
                        found.append(value)
                    else:
                        excluded = True
                elif isinstance(value, ExternalObject) and _is_class_name(value.name):
                    found.append(value.name)
        return found, excluded

    def _listed(self, node: Expression, frame: Frame) -> list[Value]:
        found: list[Value] = []
        for value in self.evaluator.values(node, frame):
            if isinstance(value, Items):
                for item in value.node.items:
                    found.extend(self._listed(item, value.frame))
            else:
                found.append(value)
        return found

    def payloads(
        self, places: Sequence[Place], *, subscribing: bool
    ) -> tuple[list[Instance | ClassObject | str], list[Instance], bool]:
        """Event classes made at the places; those known by a parameter's annotation; whether some were no events."""
        made: list[Instance | ClassObject | str] = []
        typed: list[Instance] = []
        excluded = False
        if subscribing:
            classes, excluded = self.classes(places)
            return classes, [], excluded
        for node, frame in places:
            for value in (
                inner for found in payloads.instances(self.evaluator, node, frame) for inner in self._inside(found)
            ):
                if not isinstance(value.type, Scope):
                    continue
                if not self._counts(value.type):
                    excluded = True
                elif self._wraps(value, value.type):
                    continue
                elif value.parameter:
                    typed.append(value)
                elif value not in made:
                    made.append(value)
            made.extend(self._external(node, frame))
        return made, typed, excluded

    def _counts(self, scope: Scope) -> bool:
        """Whether a payload of this class names the event: surely where classes do, elsewhere if it sounds so."""
        if not can_be_event(self.evaluator, scope):
            return False
        if self.manner.kind == "class" and not self.manner.strict:
            return True
        if self.manner.strict and is_generic_event(scope.name):
            return False
        return sounds_like_event(self.evaluator, scope)

    def _inside(self, value: Instance) -> list[Instance]:
        """The events that an object named like events in general is made around; else itself."""
        if value.call is None or value.frame is None:
            return [value]
        if not isinstance(value.type, Scope) or not is_generic_event(value.type.name):
            return [value]
        held = (payloads.instances(self.evaluator, argument.value, value.frame) for argument in value.call.args)
        events = [
            item
            for found in held
            for item in found
            if isinstance(item.type, Scope)
            and item.call is not None
            and not is_generic_event(item.type.name)
            and self._counts(item.type)
            and sounds_like_event(self.evaluator, item.type)
        ]
        return events or [value]

    def _wraps(self, value: Instance, scope: Scope) -> bool:
        """Whether an object only carries an event that somebody else hands over: `Message(data=dump(event))`."""
        if value.call is None or value.frame is None or not is_generic_event(scope.name):
            return False
        given = (payloads.roots(self.evaluator, argument.value, value.frame) for argument in value.call.args)
        return any(name.rpartition("_")[2] == "event" for found in given for _, name in found)

    def _external(self, node: Expression, frame: Frame) -> list[Instance | ClassObject | str]:
        """Instances of classes from outside the program that are made right here."""
        if not isinstance(node, Call | Name) or self.manner.strict:
            return []
        return [
            value
            for value in self.evaluator.values(node, frame)
            if isinstance(value, Instance)
            and isinstance(value.type, str)
            and value.call is not None
            and self.manner.kind == "class"
            and _is_class_name(value.type)
        ]

    def handlers(self, places: Iterable[Place]) -> list[Handler]:
        """The functions and classes that may stand at the places."""
        found: list[Handler] = []
        for place in places:
            outside = payloads.origin(self.evaluator, *place)
            node, frame = wrapped(self.evaluator, *outside)
            if isinstance(node, SequenceNode):
                found.extend(self.handlers((item, frame) for item in node.items))
                continue
            values = [
                value
                for value in self._listed(node, frame)
                if isinstance(value, FunctionObject | ClassObject | Instance)
            ]
            scopes = [scope for value in values for scope in self._handler_scopes(value)]
            if scopes:
                around = self._around(*outside) if node is not outside[0] else ()
                found.extend(
                    Handler(scope, scope.named().qualname, node.span, around) for scope in dict.fromkeys(scopes)
                )
            elif name := _written(node):
                found.append(Handler(None, name, node.span))
        return found

    def _around(self, node: Expression, frame: Frame) -> tuple[Scope, ...]:
        """The function that a call of a wrapping function makes."""
        values = self.evaluator.values(node, frame)
        return tuple(value.scope for value in values if isinstance(value, FunctionObject))

    def _handler_scopes(self, value: Value) -> Iterator[Scope]:
        match value:
            case FunctionObject(scope=scope) | ClassObject(scope=scope) | Instance(type=Scope() as scope):
                yield scope
            case Instance() if provides(value):
                for made in provided(self.evaluator, value):
                    yield from self._handler_scopes(made)


def _is_class_name(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not name.startswith(("builtins.", "typing.")) and not last.isupper()


def _written(node: Expression) -> str:
    from evlint.link.walk import dotted

    name = dotted(node)
    return "" if "…" in name or "(" in name else name.rpartition(".")[2]


__all__ = ["Emitter", "Handler", "Manner", "MethodEmitter", "Place", "Reader", "Reading", "is_command"]
