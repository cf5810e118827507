"""What a type annotation says about a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evlint.link.values import ClassObject, ExternalObject, Frame, Instance, Value
from evlint.model.facts import Attribute, Expression, Literal, Name, Operation, Sequence, Subscript
from evlint.model.source import Span

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

# The first argument is the type; the generic around it says nothing about the value's own type.
WRAPPERS = frozenset(
    "Annotated Optional Union Final ClassVar Required NotRequired ReadOnly FromDishka FromComponent Inject Injected"
    " Provide Depends Awaitable Coroutine AsyncGenerator Generator AsyncIterator Iterator AbstractContextManager"
    " AbstractAsyncContextManager AsyncContextManager ContextManager Mapped TypeGuard".split()
)
EACH = frozenset({"Optional", "Union"})
_NO_SPAN = Span(1, 1, 1, 1)
_TOKEN = re.compile(r"[A-Za-z_][\w.]*|[\[\]|,]")


def instances(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Value, ...]:
    """Instances of the types that the annotation `node` names; classes themselves for `type[X]`."""
    if frame.depth > 20:
        return ()
    match node:
        case Literal(value=str() as text):
            parsed = parse(text)
            return instances(evaluator, parsed, frame) if parsed is not None else ()
        case Operation(operator="|"):
            return tuple(value for operand in node.operands for value in instances(evaluator, operand, frame))
        case Subscript():
            return _subscript(evaluator, node, frame)
        case Name() | Attribute():
            return tuple(_instance(value) for value in evaluator.values(node, frame) if _is_type(value))
    return ()


def _is_type(value: Value) -> bool:
    return isinstance(value, ClassObject) or (
        isinstance(value, ExternalObject) and value.name != "builtins.None" and not value.name.startswith("typing.")
    )


def _instance(value: Value) -> Instance:
    if isinstance(value, ClassObject):
        return Instance(value.scope)
    return Instance(value.name if isinstance(value, ExternalObject) else "")


def _subscript(evaluator: Evaluator, node: Subscript, frame: Frame) -> tuple[Value, ...]:
    name = node.value.attr if isinstance(node.value, Attribute) else getattr(node.value, "id", "")
    items = node.index.items if isinstance(node.index, Sequence) else (node.index,)
    if name in ("type", "Type"):
        return tuple(value for item in items for value in _classes(evaluator, item, frame))
    if name in EACH:
        return tuple(value for item in items for value in instances(evaluator, item, frame))
    if name in WRAPPERS:
        return instances(evaluator, items[0], frame) if items else ()
    return instances(evaluator, node.value, frame)


def _classes(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Value, ...]:
    return tuple(value for value in evaluator.values(node, frame) if _is_type(value))


def alternatives(node: Expression) -> Iterator[Expression]:
    """The types that an annotation allows, one by one: those of a union, without what is wrapped around them."""
    match node:
        case Literal(value=str() as text):
            parsed = parse(text)
            if parsed is not None:
                yield from alternatives(parsed)
        case Operation(operator="|", operands=parts):
            for part in parts:
                yield from alternatives(part)
        case Subscript(value=Name(id=name) | Attribute(attr=name)) if name in WRAPPERS:
            items = node.index.items if isinstance(node.index, Sequence) else (node.index,)
            for item in items if name in EACH else items[:1]:
                yield from alternatives(item)
        case _:
            yield node


def names(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[str, ...]:
    """All dotted names in the annotation, resolved, outermost first."""
    match node:
        case Literal(value=str() as text):
            parsed = parse(text)
            return names(evaluator, parsed, frame) if parsed is not None else ()
        case Name() | Attribute():
            found = evaluator.values(node, frame)
            first = found[0] if found else None
            if isinstance(first, ClassObject):
                return (first.scope.dotted,)
            return (first.name,) if isinstance(first, ExternalObject) else ()
        case Subscript():
            return (*names(evaluator, node.value, frame), *names(evaluator, node.index, frame))
        case Sequence(items=parts) | Operation(operands=parts):
            return tuple(name for part in parts for name in names(evaluator, part, frame))
    return ()


def parse(text: str) -> Expression | None:
    """Read a string annotation: dotted names, subscripts and `|`; None when it is more than that."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+", "", text):
        return None
    parsed, rest = _union(tokens)
    return parsed if not rest else None


def _union(tokens: list[str]) -> tuple[Expression | None, list[str]]:
    parts: list[Expression] = []
    while True:
        part, tokens = _primary(tokens)
        if part is None:
            return None, tokens
        parts.append(part)
        if not tokens or tokens[0] != "|":
            break
        tokens = tokens[1:]
    return (parts[0] if len(parts) == 1 else Operation("|", tuple(parts), _NO_SPAN)), tokens


def _primary(tokens: list[str]) -> tuple[Expression | None, list[str]]:
    if not tokens or not (tokens[0][0].isalpha() or tokens[0][0] == "_"):
        return None, tokens
    first, *rest = tokens
    head, *attributes = first.split(".")
    node: Expression = Name(head, _NO_SPAN)
    for attribute in attributes:
        node = Attribute(node, attribute, _NO_SPAN)
    if not rest or rest[0] != "[":
        return node, rest
    items: list[Expression] = []
    rest = rest[1:]
    while rest and rest[0] != "]":
        item, rest = _union(rest)
        if item is None:
            return None, rest
        items.append(item)
        if rest and rest[0] == ",":
            rest = rest[1:]
    if not rest:
        return None, rest
    index: Expression = items[0] if len(items) == 1 else Sequence("tuple", tuple(items), _NO_SPAN)
    return Subscript(node, index, _NO_SPAN), rest[1:]
