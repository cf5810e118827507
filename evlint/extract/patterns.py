"""Make expressions of the patterns of match statements."""

from collections.abc import Callable
from typing import Any

import libcst as cst

from evlint.extract.built import Built
from evlint.extract.expressions import identifier
from evlint.model.facts import Argument, Call, Expression, Mapping, Name, Operation, Pair, Sequence, Starred, Walrus
from evlint.model.source import Span


def _value(node: cst.MatchValue | cst.MatchSingleton, built: Built, span: Span) -> Expression:
    return built.expression(node.value)


def _capture(node: cst.MatchAs, built: Built, span: Span) -> Expression:
    """`pattern as name` is a walrus, a bare name captures everything, and so does `_`."""
    if node.name is None:
        return Name("_", span)
    name = built.expression(node.name)
    return name if node.pattern is None else Walrus(name, built.expression(node.pattern), span)


def _star(node: cst.MatchStar, built: Built, span: Span) -> Starred:
    return Starred(Name("_", span) if node.name is None else built.expression(node.name), span)


def _alternatives(node: cst.MatchOr, built: Built, span: Span) -> Operation:
    return Operation("|", built.expressions(item.pattern for item in node.patterns), span)


def _class(node: cst.MatchClass, built: Built, span: Span) -> Call:
    positional = [Argument(item) for item in _items(node.patterns, built)]
    named = [Argument(built.expression(item.pattern), identifier(item.key)) for item in node.kwds]
    return Call(built.expression(node.cls), (*positional, *named), span)


def _list(node: cst.MatchList, built: Built, span: Span) -> Sequence:
    return Sequence("list", _items(node.patterns, built), span)


def _tuple(node: cst.MatchTuple, built: Built, span: Span) -> Sequence:
    return Sequence("tuple", _items(node.patterns, built), span)


def _items(nodes: Any, built: Built) -> tuple[Expression, ...]:
    return built.expressions(node.value if isinstance(node, cst.MatchSequenceElement) else node for node in nodes)


def _mapping(node: cst.MatchMapping, built: Built, span: Span) -> Mapping:
    pairs = [Pair(built.expression(item.key), built.expression(item.pattern)) for item in node.elements]
    if node.rest is not None:
        pairs.append(Pair(None, built.expression(node.rest)))
    return Mapping(tuple(pairs), span)


# Any: each builder takes the type of node that it stands for here.
BUILDERS: dict[type[cst.CSTNode], Callable[[Any, Built, Span], Expression]] = {
    cst.MatchAs: _capture,
    cst.MatchClass: _class,
    cst.MatchList: _list,
    cst.MatchMapping: _mapping,
    cst.MatchOr: _alternatives,
    cst.MatchSingleton: _value,
    cst.MatchStar: _star,
    cst.MatchTuple: _tuple,
    cst.MatchValue: _value,
}
