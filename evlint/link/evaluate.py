"""Find out what an expression may stand for: its possible values, found without running anything."""

from __future__ import annotations

import builtins
from typing import TypeVar

from evlint.link import attributes, hints, results
from evlint.link.classes import Classes
from evlint.link.modules import ModuleIndex
from evlint.link.names import lookup
from evlint.link.reaching import reaching
from evlint.link.scopes import Binding, Scope
from evlint.link.texts import joined
from evlint.link.values import (
    ClassObject,
    ExternalObject,
    Frame,
    FunctionObject,
    Instance,
    Items,
    Table,
    Text,
    Unbound,
    Value,
)
from evlint.link.vocabulary import Vocabulary
from evlint.model.facts import (
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    Expression,
    Format,
    Lambda,
    Literal,
    Mapping,
    Name,
    Operation,
    Pair,
    Sequence,
    Starred,
    Subscript,
    Walrus,
)
from evlint.model.source import Location

CANDIDATES = 8

T = TypeVar("T")
Values = tuple[Value, ...]


class Evaluator:
    """Evaluates expressions of a program; remembers what it found.

    `marked` holds the classes of which a dialect says that they are events (True) or are none (False).
    """

    def __init__(self, index: ModuleIndex, vocabulary: Vocabulary) -> None:
        self.index = index
        self.vocabulary = vocabulary
        self.classes = Classes(self)
        self.marked: dict[Scope, bool] = {}
        self._known: dict[tuple[int, int], Values] = {}
        self._keep: list[object] = []

    def values(self, node: Expression, frame: Frame) -> Values:
        """The values that `node` may have, most telling first; empty when nothing is known."""
        if frame.is_spent:
            return ()
        known = self._known if frame.is_plain else frame.known
        key = (id(node), id(frame.scope))
        if key not in known:
            known[key] = ()
            self._keep.append(node)
            known[key] = self._values(node, frame)
        return known[key]

    def _values(self, node: Expression, frame: Frame) -> Values:
        inner = frame.deeper()
        match node:
            case Name():
                found = self.name(node.id, inner, node)
            case Attribute():
                found = self._attribute(node, inner)
            case Call():
                found = results.of_call(self, node, inner)
            case Literal():
                found = (Text(str(node.value)),) if node.kind in ("str", "bytes") else ()
            case Format():
                found = (joined(self, node.parts, inner),)
            case Operation():
                found = self._operation(node, inner)
            case Conditional():
                found = (*self.values(node.body, inner), *self.values(node.orelse, inner))
            case Await() | Starred():
                found = self.values(node.value, inner)
            case Walrus():
                found = self.values(node.value, inner)
            case Subscript():
                found = results.of_subscript(self, node, inner)
            case Sequence():
                found = (Items(node, inner),)
            case Mapping():
                found = (Table(node, inner),)
            case Lambda():
                found = self._lambda(node, inner)
            case Comprehension():
                found = self._comprehension(node, inner)
            case _:
                found = ()
        return tuple(dict.fromkeys(found))[:CANDIDATES]

    def _comprehension(self, node: Comprehension, frame: Frame) -> Values:
        """A list of one, as what is known of an element is known of all; or what it only chooses from."""
        last = node.generators[-1]
        if isinstance(node.element, Name) and isinstance(last.target, Name) and node.element.id == last.target.id:
            return self.values(last.iterable, frame)
        if node.kind == "dict" and isinstance(node.element, Sequence):
            key, value = node.element.items
            return (Table(Mapping((Pair(key, value),), node.span), frame),)
        return (Items(Sequence("list", (node.element,), node.span), frame),)

    def _operation(self, node: Operation, frame: Frame) -> Values:
        if node.operator == "+":
            text = joined(self, node.operands, frame)
            return (text,) if text.is_known else ()
        if node.operator in ("or", "and"):
            return tuple(value for operand in node.operands for value in self.values(operand, frame))
        if node.operator == "%":
            return results.interpolated(self, node, frame)
        return ()

    def _lambda(self, node: Lambda, frame: Frame) -> Values:
        scope: Scope | None = frame.scope
        while scope is not None:
            for child in scope.children:
                if child.node is node:
                    return (FunctionObject(child),)
            scope = scope.parent
        return ()

    def _attribute(self, node: Attribute, frame: Frame) -> Values:
        found: list[Value] = []
        for value in self.values(node.value, frame):
            found.extend(attributes.of_value(self, value, node.attr, frame))
        return tuple(found)

    def name(self, name: str, frame: Frame, use: Name | None = None) -> Values:
        """The values of a name as seen from the frame's scope, or from where it is used there."""
        scope, bindings = lookup(self, frame.scope, name)
        if scope is None:
            return (ExternalObject(f"builtins.{name}"),) if hasattr(builtins, name) else ()
        found: list[Value] = []
        for binding in reversed(reaching(scope, bindings, use) if use and scope is frame.scope else bindings):
            found.extend(self.binding(binding, name, scope, frame))
        return tuple(found)

    def binding(self, binding: Binding, name: str, scope: Scope, frame: Frame) -> Values:
        """The values that one binding of `name` in `scope` gives it."""
        here = frame
        if scope.kind not in ("function", "lambda"):
            here = Frame(scope, choices=frame.choices, depth=frame.depth, loops=frame.loops)
        if here.scope is not scope:
            here = frame.at(scope)
        if binding.inside is not None:
            here = Frame(binding.inside, depth=frame.depth)
        match binding.kind:
            case "import" if binding.imported is not None:
                return attributes.of_import(self, scope.module, binding.imported, here)
            case "scope" if binding.scope is not None:
                kind = ClassObject if binding.scope.kind == "class" else FunctionObject
                return (kind(binding.scope),)
            case "parameter":
                return self._parameter(binding, name, scope, frame)
            case "value":
                return self._assigned(binding, name, scope, here)
        return self._taken(binding, here)

    def _taken(self, binding: Binding, frame: Frame) -> Values:
        if binding.value is None:
            return ()
        match binding.kind:
            case "element":
                return self.elements(binding.value, frame)
            case "element_item":
                items = self.elements(binding.value, frame)
                return self._items(items, binding.index) or self._halves(binding.value, frame, binding.index)
            case "item":
                return self._items(self.values(binding.value, frame), binding.index)
            case "enter":
                return results.entered(self, binding.value, frame)
        return ()

    def _items(self, values: Values, index: int) -> Values:
        found: list[Value] = []
        for value in values:
            if isinstance(value, Items) and index < len(value.node.items):
                found.extend(self.values(value.node.items[index], value.frame))
        return tuple(found)

    def elements(self, node: Expression, frame: Frame) -> Values:
        """The values that the elements of `node` may have."""
        if isinstance(node, Comprehension):
            return self.values(node.element, frame)
        found: list[Value] = []
        for value in self.values(node, frame):
            if isinstance(value, Items):
                for item in _turns(value, value.node.items, frame):
                    found.extend(self.values(item, value.frame))
            elif isinstance(value, Table):
                for pair in _turns(value, value.node.items, frame):
                    if pair.key is not None:
                        found.extend(self.values(pair.key, value.frame))
            elif isinstance(value, ClassObject):
                found.extend(attributes.members(self, value))
            elif isinstance(value, Instance | FunctionObject) and value == self.values(node, frame)[0]:
                found.append(value)
        return tuple(found)

    def _halves(self, node: Expression, frame: Frame, index: int) -> Values:
        """The keys (0) or values (1) of a dict literal whose items are looped over."""
        return tuple(
            found
            for value in self.values(node, frame)
            if isinstance(value, Table)
            for pair in _turns(value, value.node.items, frame)
            for half in (pair.value if index else pair.key,)
            if half is not None
            for found in self.values(half, value.frame)
        )

    def _assigned(self, binding: Binding, name: str, scope: Scope, frame: Frame) -> Values:
        found: list[Value] = []
        if binding.value is not None:
            found.extend(self.values(binding.value, frame))
        if binding.annotation is not None and not any(_is_definite(value) for value in found):
            found = [*hints.instances(self, binding.annotation, frame), *found]
        if scope.kind in ("module", "class"):
            location = scope.location(binding.span) if binding.span else None
            return tuple(_held(value, f"{scope.dotted}.{name}", location) for value in found)
        return tuple(found)

    def _parameter(self, binding: Binding, name: str, scope: Scope, frame: Frame) -> Values:
        if frame.function is scope and name in frame.arguments:
            node, caller = frame.arguments[name]
            return self.values(node, caller) or (Unbound(scope, name),)
        found: list[Value] = []
        here = Frame(scope.parent or scope, depth=frame.depth + 1)
        if binding.annotation is not None:
            for value in hints.instances(self, binding.annotation, here):
                typed = Instance(value.type, parameter=name, function=scope) if isinstance(value, Instance) else value
                found.append(typed)
        if binding.value is not None:
            found.extend(results.injected(self, binding.value, here))
        if not found and self._is_receiver(scope, name) and scope.parent is not None:
            is_class = any(getattr(node, "id", "") == "classmethod" for node in scope.decorators)
            return (ClassObject(scope.parent) if is_class else Instance(scope.parent),)
        return tuple(found) or (Unbound(scope, name),)

    @staticmethod
    def _is_receiver(scope: Scope, name: str) -> bool:
        return (
            scope.owner is not None
            and not scope.is_static()
            and bool(scope.parameters)
            and scope.parameters[0].name == name
        )


def _turns(literal: Items | Table, items: tuple[T, ...], frame: Frame) -> tuple[T, ...]:
    """The elements of a literal that a loop over it is at: all, or the chosen one."""
    if frame.loops is not None:
        frame.loops.setdefault(id(literal.node), literal)
    chosen = frame.choices.get(id(literal.node))
    return items if chosen is None else items[chosen : chosen + 1]


def _is_definite(value: Value) -> bool:
    """Whether a value says more than an annotation could."""
    return isinstance(value, Text) or (isinstance(value, Instance) and isinstance(value.type, Scope))


def _held(value: Value, binding: str, location: Location | None) -> Value:
    """`value` as the variable `binding` holds it, unless it was bound before."""
    if isinstance(value, Instance) and not value.binding and value.call is not None:
        return Instance(value.type, value.call, value.frame, binding, location)
    if isinstance(value, Text) and not value.symbol:
        return Text(value.value, binding, location)
    return value
