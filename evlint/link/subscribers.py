"""Handlers that say themselves what they take.

`def subscribed_to(self): return [OrderPlaced]`, `@handle.register(OrderPlaced)`, and tables of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evlint.link.emissions import Emission
from evlint.link.evaluate import Evaluator
from evlint.link.handlers import DELIVERY, annotated_events
from evlint.link.identities import Identity, class_identity, is_event, sounds_past
from evlint.link.readings import Handler, Manner, MethodEmitter, Reader
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.spoken import VERB
from evlint.link.values import ClassObject, Frame, FunctionObject, Items, Text, Value
from evlint.link.walk import last_name
from evlint.model.facts import Attribute, Call, Expression, Literal, Mapping, Sequence

DECLARING = re.compile(
    r"^_*(?:events_)?(?:subscribed_to|subscribes_to|subscribed_events|listens_to|handled_events|handles|event_types?"
    r"|interested_in|supported_events)$"
)
HANDLING = (*DELIVERY, "on", "handle_event", "on_message")
EVENT_KEYS = ("event", "event_type", "event_class", "topic", "event_name")
HANDLER_KEYS = ("handler", "handlers", "subscriber", "subscribers", "callback", "callbacks", "listener", "listeners")
# Those that give events another form.
CONVERTING = re.compile(r"serial|json|dict|encod|decod|format|convert|render|schema|parse|descri|(?:^|_)(?:to|as)_")
DECLARED = Manner("class", "", "in-process", "subscriber", "strong", named=False, strict=True)


def declared(sites: Sites) -> Iterator[Emission]:
    """Subscriptions of handlers that declare their events."""
    for scope in sites.scopes:
        if scope.kind == "class":
            yield from _class(sites.evaluator, scope)
        elif scope.kind == "function":
            yield from _dispatched(sites.evaluator, scope)
        if scope.kind in ("function", "module"):
            yield from _records(sites.evaluator, scope)


def _class(evaluator: Evaluator, scope: Scope) -> Iterator[Emission]:
    places = list(_declarations(scope))
    if not places or not any(evaluator.classes.method(scope, name) is not None for name in HANDLING):
        return
    handler = Handler(scope, scope.qualname)
    for node, frame in places:
        for identity in _events(evaluator, evaluator.values(node, frame)):
            yield Emission(Site(Call(node, (), scope.span), scope, "passed"), identity, DECLARED, None, (handler,))


def _declarations(scope: Scope) -> Iterator[tuple[Expression, Frame]]:
    for name, bindings in scope.bindings.items():
        if DECLARING.match(name):
            for binding in bindings:
                if binding.kind == "scope" and binding.scope is not None:
                    yield from ((node, Frame(binding.scope)) for node in binding.scope.returns)
                elif binding.kind == "value" and binding.value is not None:
                    yield binding.value, Frame(scope)


def _events(evaluator: Evaluator, values: Iterable[Value]) -> Iterator[Identity]:
    for value in values:
        if isinstance(value, Items):
            for item in value.node.items:
                yield from _events(evaluator, evaluator.values(item, value.frame))
        elif isinstance(value, ClassObject):
            if is_event(evaluator, value.scope):
                yield class_identity(value.scope, DECLARED)
        elif isinstance(value, Text) and value.is_known and sounds_past(value.value):
            yield Identity(topic=value, transport=DECLARED.transport, dialect=DECLARED.dialect)


def _dispatched(evaluator: Evaluator, scope: Scope) -> Iterator[Emission]:
    """`@handle.register(OrderPlaced)`, or `@handle.register` with an annotated parameter."""
    frame = Frame(scope.parent or scope)
    for decorator in scope.decorators:
        callee = decorator.func if isinstance(decorator, Call) else decorator
        if not isinstance(callee, Attribute) or callee.attr != "register" or not _dispatches(evaluator, callee, frame):
            continue
        given = decorator.args if isinstance(decorator, Call) else ()
        found = [item for argument in given for item in _events(evaluator, evaluator.values(argument.value, frame))]
        for identity in found or annotated_events(evaluator, scope, DECLARED):
            site = Site(Call(callee, (), scope.span), scope, "passed")
            yield Emission(site, identity, DECLARED, None, (Handler(scope, scope.qualname, scope.span),))


def _dispatches(evaluator: Evaluator, callee: Attribute, frame: Frame) -> bool:
    """Whether a function that hands events on is decorated to choose its implementation by type."""
    names = [
        last_name(node.func if isinstance(node, Call) else node)
        for value in evaluator.values(callee.value, frame)
        if isinstance(value, FunctionObject) and not CONVERTING.search(value.scope.name)
        for node in value.scope.decorators
    ]
    return any("dispatch" in name for name in names)


def dispatching(sites: Sites) -> Iterator[tuple[MethodEmitter, Site]]:
    """The calls of dispatchers."""
    for function in dispatchers(sites):
        emitter = MethodEmitter(function, DECLARED, sites.evaluator, function.parameters[0].name)
        for caller in sites.callers(function):
            yield emitter, caller.site


def dispatchers(sites: Sites) -> list[Scope]:
    """The functions that choose their implementation by the event that they are given, and are called like telling."""
    found: dict[Scope, None] = {}
    for scope in sites.scopes:
        if scope.kind == "function":
            for emission in _dispatched(sites.evaluator, scope):
                assert isinstance(emission.site.call.func, Attribute)
                for value in sites.evaluator.values(emission.site.call.func.value, Frame(scope.parent or scope)):
                    if isinstance(value, FunctionObject) and value.scope.owner is None:
                        found[value.scope] = None
    return [function for function in found if VERB.match(function.name) and function.parameters]


def _records(evaluator: Evaluator, scope: Scope) -> Iterator[Emission]:
    """`[{"event": OrderPlaced, "handlers": [bill]}]`."""
    reader = Reader(evaluator, DECLARED)
    frame = Frame(scope)
    bound = (item.value for bindings in scope.bindings.values() for item in bindings if item.kind == "value")
    for node in (*bound, *scope.returns):
        if isinstance(node, Sequence):
            for record in node.items:
                if isinstance(record, Mapping):
                    yield from _record(reader, record, frame)


def _record(reader: Reader, record: Mapping, frame: Frame) -> Iterator[Emission]:
    given = {str(pair.key.value): pair.value for pair in record.items if isinstance(pair.key, Literal)}
    event = next((given[key] for key in EVENT_KEYS if key in given), None)
    handler = next((given[key] for key in HANDLER_KEYS if key in given), None)
    if event is None or handler is None:
        return
    identities = list(_events(reader.evaluator, reader.evaluator.values(event, frame)))
    handlers = reader.handlers([(handler, frame)]) if identities else []
    for identity in identities:
        for item in handlers:
            site = Site(Call(event, (), item.place or event.span), frame.scope, "passed")
            yield Emission(site, identity, DECLARED, None, (item,))
