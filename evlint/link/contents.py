"""What a publication sends: which keys, and which objects whole."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link.definitions import written
from evlint.link.emissions import Emission, Forwarder
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.types import Types
from evlint.link.values import Frame, FunctionObject, Instance, Table, Text
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Expression,
    Format,
    Literal,
    Mapping,
    Name,
    Starred,
    Subscript,
)
from evlint.model.program import Dump, Payload

# Calls that turn an object into what can be sent, with every field that it has or will ever have.
DUMPING = frozenset(
    "asdict astuple vars model_to_dict jsonable_encoder model_dump model_dump_json dict to_dict as_dict to_json json"
    " serialize dumps dump to_primitive to_builtins unstructure encode".split()
)
# Arguments of publishing calls that do not hold the payload.
BESIDE = frozenset({"key", "headers", "topic", "queue", "exchange", "routing_key", "subject", "channel", "sender"})
DEPTH = 6


class Contents:
    """Reads what publishing calls send."""

    def __init__(self, evaluator: Evaluator, types: Types) -> None:
        self._evaluator = evaluator
        self._types = types

    def of(self, emission: Emission) -> Payload | None:
        """What the publication sends, as far as it can be read where the event is named."""
        call = emission.site.call
        frame = Frame(emission.site.scope)
        places = [(item.value, item.keyword) for item in call.args if item.keyword not in BESIDE]
        event = emission.identity.scope
        wrapped = _is_wrapped(emission)
        dumps = {dump for node, keyword in places for dump in self._dumps(node, frame, 0, top=not keyword, event=event)}
        ordered = tuple(sorted(dumps))
        if event is not None:
            return Payload("class", dumps=ordered)
        for node, _ in places:
            found = self._mapping(node, frame, 0)
            if found is not None:
                keys, complete = found
                return Payload("mapping", keys, complete and not wrapped, ordered)
        if any(self._is_text(node, frame, emission) for node, _ in places):
            return Payload("text", dumps=ordered)
        return Payload("mapping", dumps=ordered) if ordered else None

    def _is_text(self, node: Expression, frame: Frame, emission: Emission) -> bool:
        topic = emission.identity.topic
        values = [value for value in self._evaluator.values(node, frame) if isinstance(value, Text)]
        return isinstance(node, Literal | Format) and any(
            value.is_known and (topic is None or value.value != topic.value) for value in values
        )

    def _mapping(self, node: Expression, frame: Frame, depth: int) -> tuple[tuple[str, ...], bool] | None:
        """The keys of the dict that `node` is or wraps, and whether they are all."""
        if depth > DEPTH:
            return None
        if isinstance(node, Mapping):
            return _keys(node)
        if isinstance(node, Await | Starred):
            return self._mapping(node.value, frame, depth + 1)
        if isinstance(node, Name | Attribute):
            tables = [value for value in self._evaluator.values(node, frame) if isinstance(value, Table)]
            if len(tables) == 1:
                keys, complete = _keys(tables[0].node)
                return keys, complete and not _is_extended(frame.scope, node)
            return None
        if isinstance(node, Call):
            inner = [item.value for item in node.args]
            if isinstance(node.func, Attribute) and node.func.attr in ("encode", "decode"):
                inner.append(node.func.value)
            for part in inner:
                found = self._mapping(part, frame, depth + 1)
                if found is not None:
                    return found
        return None

    def _dumps(self, node: Expression, frame: Frame, depth: int, *, top: bool, event: Scope | None) -> Iterator[Dump]:
        """The objects handed over whole in `node`; `top` says that it is an argument of the publishing call itself."""
        if depth > DEPTH:
            return
        inner = None if self._is_curated(node, frame) else self._dumped(node)
        found = list(self._dump(inner, node, frame, event)) if inner is not None else []
        yield from found
        match node:
            case Name() | Attribute() if depth or not top or event is None:
                yield from self._dump(node, node, frame, event)
            case Mapping():
                for pair in node.items:
                    yield from self._dumps(pair.value, frame, depth + 1, top=False, event=event)
            case Call() if not found and not self._is_own(node, frame):
                for argument in node.args:
                    if argument.star != "*":
                        yield from self._dumps(argument.value, frame, depth + 1, top=False, event=event)
            case Await() | Starred():
                yield from self._dumps(node.value, frame, depth, top=top, event=event)

    def _is_own(self, node: Call, frame: Frame) -> bool:
        """Whether a function of the program is called: what it makes of its arguments is its own affair."""
        return any(isinstance(value, FunctionObject) for value in self._evaluator.values(node.func, frame))

    def _is_curated(self, node: Expression, frame: Frame) -> bool:
        """Whether a method of the program is called that names what it gives away: `return {"id": self.id}`."""
        if not isinstance(node, Call):
            return False
        functions = [
            value.scope for value in self._evaluator.values(node.func, frame) if isinstance(value, FunctionObject)
        ]
        returned = [node for scope in functions for node in scope.returns]
        return any(
            isinstance(node, Mapping) or (isinstance(node, Call) and last_name(node.func) not in DUMPING)
            for node in returned
        )

    @staticmethod
    def _dumped(node: Expression) -> Expression | None:
        """What `node` turns into data: `order` in `asdict(order)`, `order.to_dict()`, `order.__dict__`."""
        if isinstance(node, Attribute) and node.attr == "__dict__":
            return node.value
        if isinstance(node, Call) and last_name(node.func) in DUMPING:
            if isinstance(node.func, Attribute) and not node.args:
                return node.func.value
            return node.args[0].value if node.args else None
        return None

    def _dump(self, what: Expression, node: Expression, frame: Frame, event: Scope | None) -> Iterator[Dump]:
        if not isinstance(what, Name | Attribute):
            return
        for value in self._evaluator.values(what, frame):
            if isinstance(value, Instance) and isinstance(value.type, Scope) and value.type is not event:
                kind = self._types.kind(value.type)
                if kind in ("table", "entity"):
                    span = node.span
                    yield Dump(value.type.dotted, kind, written(node), frame.scope.location(span))


def _is_wrapped(emission: Emission) -> bool:
    """Whether a forwarder on the way may put more around the payload."""
    emitter = emission.emitter
    while isinstance(emitter, Forwarder):
        function = emitter.site.scope.function()
        for statement in statements(function.body):
            if any(isinstance(node, Mapping) for head in heads(statement) for node in expressions(head)):
                return True
        emitter = emitter.inner
    return False


def _keys(node: Mapping) -> tuple[tuple[str, ...], bool]:
    found = [pair.key.value for pair in node.items if isinstance(pair.key, Literal) and isinstance(pair.key.value, str)]
    return tuple(found), len(found) == len(node.items)


def _is_extended(scope: Scope, node: Expression) -> bool:
    """Whether the variable is changed after it was made, so that it may hold more keys than its literal."""
    name = last_name(node)
    for statement in statements(scope.function().body):
        targets = statement.targets if isinstance(statement, Assign) else ()
        if any(isinstance(target, Subscript) and last_name(target.value) == name for target in targets):
            return True
        parts = (part for head in heads(statement) for part in expressions(head))
        calls = (part.func for part in parts if isinstance(part, Call))
        if any(_extends(func, name) for func in calls):
            return True
    return False


def _extends(func: Expression, name: str) -> bool:
    return isinstance(func, Attribute) and func.attr in ("update", "setdefault") and last_name(func.value) == name
