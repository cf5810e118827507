"""Where the values in a function come from: its parameters, or attributes that methods share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evlint.link.scopes import Scope
from evlint.link.walk import expressions, last_name
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    Expression,
    For,
    Mapping,
    Name,
    Operation,
    Sequence,
    Starred,
    Subscript,
    Walrus,
)
from evlint.model.facts import Literal as LiteralNode

GETTERS = frozenset({"get", "setdefault", "values", "items", "copy", "pop", "popleft", "keys", "get_nowait", "popitem"})
PASSERS = frozenset(
    "list tuple set sorted reversed iter cast ref WeakMethod partial enumerate copy wait_for shield".split()
)
KEY_FIELDS = frozenset({"type", "name", "topic", "event_type", "event_name", "kind", "event", "__class__", "channel"})


@dataclass(frozen=True, slots=True)
class Tag:
    """Where a value comes from: a parameter, or a shared attribute (itself, or something in it)."""

    kind: Literal["parameter", "attribute"]
    name: str
    looped: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """By what a container was asked: the parameter or queue attribute, and how it was looked at."""

    source: str
    how: Literal["itself", "type", "field"]
    field: str = ""


class Tagger:
    """Knows the locals of one method of a class, or function of a module whose shared attributes are its globals."""

    def __init__(self, function: Scope, shared: frozenset[str]) -> None:
        self.function = function
        self.receiver = _receiver(function)
        self.shared = shared
        self.locals: dict[str, set[Tag]] = {}
        self.keys: dict[str, Key] = {}
        self.queues: set[str] = set()
        self.aliases: dict[str, str] = {}

    def bind(self, statement: object) -> None:
        if isinstance(statement, For):
            self._name(statement.target, self.tags(statement.iterable), looped=True)
            self._key_of(statement.target, statement.iterable)
        elif isinstance(statement, Assign) and statement.value is not None:
            tags = self.tags(statement.value)
            for target in statement.targets:
                self._name(target, tags, looped=False)
                self._key_of(target, statement.value)
                value = statement.value
                if isinstance(target, Name) and isinstance(value, Attribute) and self.attribute(value):
                    self.aliases.setdefault(target.id, self.attribute(value))
                if isinstance(target, Name) and isinstance(value, Call) and last_name(value.func).endswith("Queue"):
                    self.queues.add(target.id)

    def bind_comprehensions(self, head: Expression) -> None:
        for node in expressions(head):
            if isinstance(node, Comprehension):
                for loop in node.generators:
                    self._name(loop.target, self.tags(loop.iterable), looped=True)
                    self._key_of(loop.target, loop.iterable)
            elif isinstance(node, Walrus):
                self._name(node.target, self.tags(node.value), looped=False)
                self._key_of(node.target, node.value)

    def _name(self, target: Expression, tags: set[Tag], *, looped: bool) -> None:
        if isinstance(target, Sequence):
            for item in target.items:
                self._name(item, tags, looped=looped)
        elif isinstance(target, Name):
            marked = {Tag(tag.kind, tag.name, tag.looped or looped) for tag in tags}
            self.locals[target.id] = self.locals.get(target.id, set()) | marked

    def _key_of(self, target: Expression, value: Expression) -> None:
        key = self.key(value)
        if key is not None:
            for name in target.items if isinstance(target, Sequence) else (target,):
                if isinstance(name, Name):
                    self.keys[name.id] = key

    def attribute(self, node: Expression) -> str:
        """The shared attribute that `node` is, if it is one."""
        if isinstance(node, Attribute) and isinstance(node.value, Name):
            owners = {self.receiver, self.function.owner.name if self.function.owner else "", "cls"}
            return node.attr if node.value.id in owners and node.value.id else ""
        if isinstance(node, Name) and node.id in self.aliases:
            return self.aliases[node.id]
        return node.id if isinstance(node, Name) and node.id in self.shared and node.id not in self.locals else ""

    def tags(self, node: Expression) -> set[Tag]:
        """Where `node` comes from."""
        shared = self.attribute(node)
        if shared:
            return {Tag("attribute", shared)}
        match node:
            case Name():
                return self.locals.get(node.id, set())
            case Subscript(value=value) | Await(value=value) | Starred(value=value) | Walrus(value=value):
                return self.tags(value)
            case Attribute(value=value):
                return self.tags(value)
            case Call():
                return self._call_tags(node)
            case Sequence(items=parts) | Operation(operands=parts):
                return self._union(parts)
            case Conditional():
                return self.tags(node.body) | self.tags(node.orelse)
            case Mapping():
                return self._union(tuple(pair.value for pair in node.items))
            case Comprehension():
                return self._union(tuple(loop.iterable for loop in node.generators))
        return set()

    def _union(self, parts: tuple[Expression, ...]) -> set[Tag]:
        return {tag for part in parts for tag in self.tags(part)}

    def _call_tags(self, node: Call) -> set[Tag]:
        if isinstance(node.func, Attribute) and node.func.attr in GETTERS:
            return self.tags(node.func.value)
        if isinstance(node.func, Name) and node.func.id in self.locals:
            return {tag for tag in self.locals[node.func.id] if tag.kind == "attribute"}
        if last_name(node.func) in PASSERS or last_name(node.func).lstrip("_")[:1].isupper():
            return self._union(tuple(argument.value for argument in node.args))
        return set()

    def key(self, node: Expression) -> Key | None:
        """By what `node` asks a shared container, if it does."""
        held = node.value if isinstance(node, Subscript | Attribute) else node
        if isinstance(held, Name) and held.id in self.keys and not self.attribute(held):
            return self.keys[held.id]
        for part in expressions(node):
            index: Expression | None = None
            if isinstance(part, Subscript) and self.is_shared(part.value):
                index = part.index
            elif (
                isinstance(part, Call)
                and isinstance(part.func, Attribute)
                and part.func.attr in ("get", "setdefault", "pop")
                and self.is_shared(part.func.value)
                and part.args
            ):
                index = part.args[0].value
            if index is not None:
                return self.describe(index)
            if isinstance(part, Name) and part.id in self.keys:
                return self.keys[part.id]
        return None

    def is_shared(self, node: Expression) -> bool:
        return any(tag.kind == "attribute" for tag in self.tags(node))

    def describe(self, index: Expression) -> Key | None:
        match index:
            case Call(func=Name(id="type")) if index.args:
                return self._keyed(index.args[0].value, "type")
            case Attribute(attr="__class__"):
                return self._keyed(index.value, "type")
            case Attribute() if index.attr in KEY_FIELDS or index.attr.endswith("type"):
                return self._describe_field(index.value, index.attr)
            case Attribute(value=Attribute() as inner, attr="value") if inner.attr in KEY_FIELDS:
                return self._describe_field(inner.value, inner.attr)
            case Subscript(index=LiteralNode(value=name)):
                return self._keyed(index.value, "field", str(name))
            case Call(func=Attribute(attr="get", value=mapping)) if index.args:
                first = index.args[0].value
                return self._keyed(mapping, "field", str(first.value)) if isinstance(first, LiteralNode) else None
            case Name() if index.id in self.keys:
                return self.keys[index.id]
            case Name():
                return self._keyed(index, "itself")
        return None

    def _describe_field(self, value: Expression, name: str) -> Key | None:
        inner = self.describe(value)
        return inner if inner is not None and inner.how == "type" else self._keyed(value, "field", name)

    def _keyed(self, node: Expression, how: Literal["itself", "type", "field"], name: str = "") -> Key | None:
        if isinstance(node, Call) and isinstance(node.func, Name) and node.func.id == "type" and node.args:
            return self._keyed(node.args[0].value, "type")
        for tag in sorted(self.tags(node), key=lambda tag: (tag.kind, tag.name)):
            return Key(tag.name, how, name)
        return None

    def remember_type(self, statement: Assign) -> None:
        """`kind = type(event)` and `kind = event.name` make `kind` a key."""
        described = self.describe(statement.value) if statement.value is not None else None
        if described is not None and described.how != "itself":
            for target in statement.targets:
                if isinstance(target, Name):
                    self.keys.setdefault(target.id, described)

    def attributes(self, node: Expression) -> set[str]:
        return {tag.name for tag in self.tags(node) if tag.kind == "attribute"}

    def names(self, node: Expression) -> tuple[str, ...]:
        return tuple(sorted({tag.name for tag in self.tags(node)}))


def _receiver(function: Scope) -> str:
    if function.owner is None or function.is_static() or not function.parameters:
        return ""
    return function.parameters[0].name
