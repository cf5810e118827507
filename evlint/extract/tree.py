"""Walk a tree without recursion, over the fields that carry meaning, in the order of the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import libcst as cst

from evlint.extract.chains import operands, pieces, symbol
from evlint.extract.positions import FORMATTED

# What each node is made of, in source order: names of fields, and the tokens that its position is found by.
# `^` is where a definition starts for its readers, after its decorators.
_SHAPES: dict[type[cst.CSTNode], str] = {
    cst.AnnAssign: "target annotation value",
    cst.Annotation: "annotation",
    cst.Arg: "keyword value",
    cst.AsName: "name",
    cst.Assert: "assert test msg",
    cst.Assign: "targets value",
    cst.AssignTarget: "target",
    cst.Asynchronous: "async",
    cst.Attribute: "value attr",
    cst.AugAssign: "target value",
    cst.Await: "await expression",
    cst.Break: "break",
    cst.Call: "func ( args )",
    cst.ClassDef: "decorators ^ class name type_parameters lpar bases keywords rpar body",
    cst.CompFor: "asynchronous target iter ifs inner_for_in",
    cst.CompIf: "test",
    cst.Comparison: "left comparisons",
    cst.ComparisonTarget: "comparator",
    cst.Continue: "continue",
    cst.Decorator: "decorator",
    cst.Del: "del target",
    cst.Dict: "{ elements }",
    cst.DictComp: "{ key value for_in }",
    cst.DictElement: "key value",
    cst.Element: "value",
    cst.Ellipsis: "...",
    cst.Else: "body",
    cst.ExceptHandler: "except type name body",
    cst.ExceptStarHandler: "except type name body",
    cst.Expr: "value",
    cst.Finally: "body",
    cst.For: "asynchronous for target iter body orelse",
    cst.FormattedStringExpression: "expression format_spec",
    cst.FormattedStringText: "",
    cst.From: "item",
    cst.FunctionDef: "decorators ^ asynchronous def name type_parameters ( params ) returns body",
    cst.GeneratorExp: "elt for_in",
    cst.Global: "global names",
    cst.If: "if test body orelse",
    cst.IfExp: "body test orelse",
    cst.Import: "import names",
    cst.ImportAlias: "name asname",
    cst.ImportFrom: "from module lpar names rpar",
    cst.ImportStar: "",
    cst.IndentedBlock: "body",
    cst.Index: "value",
    cst.Lambda: "lambda params body",
    cst.LazyImport: "lazy import names",
    cst.LazyImportFrom: "lazy from module lpar names rpar",
    cst.LeftParen: "(",
    cst.LeftSquareBracket: "[",
    cst.List: "[ elements ]",
    cst.ListComp: "[ elt for_in ]",
    cst.Match: "match subject cases",
    cst.MatchCase: "case pattern guard body",
    cst.MatchClass: "cls ( patterns kwds )",
    cst.MatchKeywordElement: "key pattern",
    cst.MatchList: "lbracket patterns rbracket",
    cst.MatchMapping: "{ elements rest }",
    cst.MatchMappingElement: "key pattern",
    cst.MatchOr: "patterns",
    cst.MatchOrElement: "pattern",
    cst.MatchSequenceElement: "value",
    cst.MatchSingleton: "value",
    cst.MatchTuple: "patterns",
    cst.MatchValue: "value",
    cst.Module: "body",
    cst.NameItem: "name",
    cst.NamedExpr: "target value",
    cst.Nonlocal: "nonlocal names",
    cst.Param: "name annotation default",
    cst.ParamSlash: "",
    cst.ParamSpec: "name",
    cst.ParamStar: "",
    cst.Parameters: "posonly_params params star_arg kwonly_params star_kwarg",
    cst.Pass: "pass",
    cst.Raise: "raise exc cause",
    cst.Return: "return value",
    cst.RightParen: ")",
    cst.RightSquareBracket: "]",
    cst.Set: "{ elements }",
    cst.SetComp: "{ elt for_in }",
    cst.SimpleStatementLine: "body",
    cst.SimpleStatementSuite: "body",
    cst.Slice: "lower : upper step",
    cst.StarredDictComp: "{ value for_in }",
    cst.StarredDictElement: "value",
    cst.StarredElement: "* value",
    cst.Subscript: "value [ slice ]",
    cst.SubscriptElement: "slice",
    cst.TemplatedStringExpression: "expression format_spec",
    cst.TemplatedStringText: "",
    cst.Try: "try body handlers orelse finalbody",
    cst.TryStar: "try body handlers orelse finalbody",
    cst.TypeAlias: "type name type_parameters value",
    cst.TypeParam: "param default",
    cst.TypeParameters: "[ params ]",
    cst.TypeVar: "name bound",
    cst.TypeVarTuple: "name",
    cst.While: "while test body orelse",
    cst.With: "asynchronous with lpar items rpar body",
    cst.WithItem: "item asname",
    cst.Yield: "yield value",
}
_LEAVES = frozenset({cst.Name, cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString})
_FORMATTED = frozenset({cst.FormattedString, cst.TemplatedString})
_ONE_PAREN = frozenset({cst.ClassDef, cst.ImportFrom, cst.LazyImportFrom, cst.With})
_START = "^"


@dataclass(frozen=True)
class Walk:
    """The nodes of a tree in pre-order, and the marks: the texts of the tokens that fix their positions.

    Node `i` spans the marks from `starts[i]` up to `ends[i]`; `formatted` lists for each f-string its own number and
    that after its last part: parts have no tokens, so that their span is the string's.
    """

    nodes: list[cst.CSTNode] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    formatted: list[range] = field(default_factory=list)


class _Start(NamedTuple):
    """Where a definition starts, after its decorators."""

    node: int


class _EndFormatted(NamedTuple):
    """Where an f-string ends."""

    node: int


# What waits on the stack: nodes, marks, events, and numbers of nodes that end here. They are told apart by their exact
# type, which is fastest.
_Item = Any


def walk(module: cst.Module) -> Walk:
    """List the meaningful nodes of a tree."""
    found = Walk()
    nodes, starts, ends, marks = found.nodes, found.starts, found.ends, found.marks
    stack: list[_Item] = [module]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is str:
            marks.append(item)
        elif kind is int:
            ends[item] = len(marks)
        elif kind in _LEAVES and not item.lpar:
            nodes.append(item)
            starts.append(len(marks))
            marks.append(item.value)
            ends.append(len(marks))
        elif kind in _EVENTS:
            _EVENTS[kind](found, item.node)
        else:
            if kind in _PARENTHESISED and item.lpar:
                marks.extend("(" * len(item.lpar))
                stack.extend(")" * len(item.lpar))
            stack.append(len(nodes))
            starts.append(len(marks))
            ends.append(0)
            _push(stack, item, kind, len(nodes))
            nodes.append(item)
    return found


def _push(stack: list[_Item], node: _Item, kind: type[cst.CSTNode], number: int) -> None:
    """Put the parts of a node on the stack, the first one on top."""
    special = _SPECIAL.get(kind)
    if special is not None:
        stack.extend(reversed(special(node, number)))
        return
    for text, is_field in _PARTS[kind]:
        if not is_field:
            stack.append(_Start(number) if text == _START else text)
            continue
        value = getattr(node, text)
        if value is None or value is _ABSENT:
            continue
        if type(value) is tuple or type(value) is list:
            stack.extend(reversed(value))
        else:
            stack.append(value)


def _end_formatted(found: Walk, node: int) -> None:
    """Give the parts of an f-string its one token."""
    start = found.starts[node]
    inside = range(node, len(found.nodes))
    found.marks[start + 1 :] = []
    found.starts[node:] = [start] * len(inside)
    found.ends[node:] = [start + 1] * len(inside)
    found.formatted.append(inside)


def _start(found: Walk, node: int) -> None:
    found.starts[node] = len(found.marks)


def _leaf(node: _Item, number: int) -> list[_Item]:
    return [node.value]


def _formatted(node: _Item, number: int) -> list[_Item]:
    return [FORMATTED + node.start, *node.parts, _EndFormatted(number)]


def _operation(node: cst.BinaryOperation, number: int) -> list[_Item]:
    found: list[_Item] = []
    for operand in operands(node):
        found += (symbol(node.operator), operand)
    return found[1:]


def _boolean(node: cst.BooleanOperation, number: int) -> list[_Item]:
    return [*operands(node)]


def _concatenated(node: cst.ConcatenatedString, number: int) -> list[_Item]:
    return [*pieces(node)]


def _tuple(node: cst.Tuple, number: int) -> list[_Item]:
    """A last comma is part of a tuple, and inside the brackets of other sequences."""
    has_comma = bool(node.elements) and isinstance(node.elements[-1].comma, cst.Comma)
    return [*node.elements, ","] if has_comma else [*node.elements]


def _unary(node: cst.UnaryOperation, number: int) -> list[_Item]:
    return [symbol(node.operator), node.expression]


def _capture(node: cst.MatchAs, number: int) -> list[_Item]:
    return [part for part in (node.pattern, node.name) if part is not None] or ["_"]


def _star(node: cst.MatchStar, number: int) -> list[_Item]:
    return ["_" if node.name is None else node.name]


def _parts(kind: type[cst.CSTNode], shape: str) -> tuple[tuple[str, bool], ...]:
    names = {item.name for item in fields(kind)}
    return tuple((word, word in names) for word in reversed(shape.split()))


def _is_parenthesised(kind: type[cst.CSTNode]) -> bool:
    return kind not in _ONE_PAREN and any(item.name == "lpar" for item in fields(kind))


_ABSENT = cst.MaybeSentinel.DEFAULT
_EVENTS: dict[type, Callable[[Walk, int], None]] = {_Start: _start, _EndFormatted: _end_formatted}
_SPECIAL: dict[Any, Callable[[Any, int], list[_Item]]] = {
    **dict.fromkeys(_LEAVES, _leaf),
    **dict.fromkeys(_FORMATTED, _formatted),
    cst.BinaryOperation: _operation,
    cst.BooleanOperation: _boolean,
    cst.ConcatenatedString: _concatenated,
    cst.MatchAs: _capture,
    cst.MatchStar: _star,
    cst.Tuple: _tuple,
    cst.UnaryOperation: _unary,
}
_PARTS = {kind: _parts(kind, shape) for kind, shape in _SHAPES.items()}
_PARENTHESISED = frozenset(kind for kind in (*_SHAPES, *_SPECIAL) if _is_parenthesised(kind))
