"""What one file states, reduced to what event flow can depend on.

The facts of a file are a pure function of its bytes. They keep the order of the code and the shape of its
expressions, and drop trivia, operators that carry no names, and positions that nothing reports.
"""

from __future__ import annotations

from typing import Literal as Choices

import msgspec

from evlint.model.source import Span


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Anything that stands in a file."""


# Expressions


class Name(Node, frozen=True, array_like=True, gc=False, tag="n"):
    id: str
    span: Span


class Attribute(Node, frozen=True, array_like=True, gc=False, tag="a"):
    value: Expression
    attr: str
    span: Span


class Argument(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One argument of a call: positional, `keyword=value`, or starred (`*` or `**`)."""

    value: Expression
    keyword: str = ""
    star: Choices["", "*", "**"] = ""


class Call(Node, frozen=True, array_like=True, gc=False, tag="c"):
    func: Expression
    args: tuple[Argument, ...]
    span: Span


class Literal(Node, frozen=True, array_like=True, gc=False, tag="l"):
    """A constant. Bytes are kept as their decoded text, with `kind` telling them from strings."""

    value: str | int | float | bool | None
    kind: Choices["str", "bytes", "int", "float", "bool", "none", "ellipsis"]
    span: Span


class Format(Node, frozen=True, array_like=True, gc=False, tag="f"):
    """An f-string, or pieces of strings side by side of which one is an f-string."""

    parts: tuple[Expression, ...]
    span: Span


class Sequence(Node, frozen=True, array_like=True, gc=False, tag="s"):
    kind: Choices["list", "tuple", "set"]
    items: tuple[Expression, ...]
    span: Span


class Pair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry of a mapping; `key` is None for `**value`."""

    key: Expression | None
    value: Expression


class Mapping(Node, frozen=True, array_like=True, gc=False, tag="m"):
    items: tuple[Pair, ...]
    span: Span


class Subscript(Node, frozen=True, array_like=True, gc=False, tag="i"):
    """`value[index]`; more than one index makes a tuple."""

    value: Expression
    index: Expression
    span: Span


class Operation(Node, frozen=True, array_like=True, gc=False, tag="o"):
    """`+ | or and == != in …` over two or more operands, or `not -` over one; comparison chains are flattened."""

    operator: str
    operands: tuple[Expression, ...]
    span: Span


class Conditional(Node, frozen=True, array_like=True, gc=False, tag="?"):
    """`body if test else orelse`."""

    test: Expression
    body: Expression
    orelse: Expression
    span: Span


class Lambda(Node, frozen=True, array_like=True, gc=False, tag="L"):
    parameters: tuple[Parameter, ...]
    body: Expression
    span: Span


class Generator(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One `for target in iterable if conditions` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...] = ()
    is_async: bool = False


class Comprehension(Node, frozen=True, array_like=True, gc=False, tag="C"):
    """`kind` is what it makes; `element` of a dict comprehension is a pair as a two-item tuple."""

    kind: Choices["list", "set", "dict", "generator"]
    element: Expression
    generators: tuple[Generator, ...]
    span: Span


class Await(Node, frozen=True, array_like=True, gc=False, tag="w"):
    value: Expression
    span: Span


class Starred(Node, frozen=True, array_like=True, gc=False, tag="*"):
    value: Expression
    span: Span


class Yield(Node, frozen=True, array_like=True, gc=False, tag="y"):
    """`yield value` or, with `delegated`, `yield from value`."""

    value: Expression | None
    delegated: bool
    span: Span


class Walrus(Node, frozen=True, array_like=True, gc=False, tag=":"):
    """`target := value`."""

    target: Expression
    value: Expression
    span: Span


class Other(Node, frozen=True, array_like=True, gc=False, tag="_"):
    """An expression whose own meaning is not kept, with those inside it."""

    children: tuple[Expression, ...]
    span: Span


Expression = (
    Name
    | Attribute
    | Call
    | Literal
    | Format
    | Sequence
    | Mapping
    | Subscript
    | Operation
    | Conditional
    | Lambda
    | Comprehension
    | Await
    | Starred
    | Yield
    | Walrus
    | Other
)

# Statements


class Import(Node, frozen=True, array_like=True, gc=False, tag="I"):
    """`import name as alias` (`member` is empty) or `from name import member as alias`; `level` counts the dots.

    `alias` is the local name. A star import has the member `*`.
    """

    module: str
    member: str
    alias: str
    level: int
    span: Span


class Assign(Node, frozen=True, array_like=True, gc=False, tag="A"):
    """`targets = value`, `target: annotation = value`, or `target operator= value`."""

    targets: tuple[Expression, ...]
    value: Expression | None
    annotation: Expression | None
    operator: str
    span: Span


class Evaluate(Node, frozen=True, array_like=True, gc=False, tag="E"):
    """An expression that stands as a statement."""

    value: Expression


class Return(Node, frozen=True, array_like=True, gc=False, tag="R"):
    value: Expression | None
    span: Span


class Raise(Node, frozen=True, array_like=True, gc=False, tag="X"):
    value: Expression | None
    span: Span


class Delete(Node, frozen=True, array_like=True, gc=False, tag="D"):
    targets: tuple[Expression, ...]
    span: Span


class Jump(Node, frozen=True, array_like=True, gc=False, tag="J"):
    kind: Choices["break", "continue"]
    span: Span


class Assert(Node, frozen=True, array_like=True, gc=False, tag="!"):
    test: Expression
    span: Span


class Outer(Node, frozen=True, array_like=True, gc=False, tag="O"):
    """`global` or `nonlocal`: assignments to these names bind them in a scope further out."""

    kind: Choices["global", "nonlocal"]
    names: tuple[str, ...]


class If(Node, frozen=True, array_like=True, gc=False, tag="?if"):
    """`if test: body else: orelse`; an `elif` is an If alone in `orelse`."""

    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    span: Span


class For(Node, frozen=True, array_like=True, gc=False, tag="for"):
    target: Expression
    iterable: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    is_async: bool
    span: Span


class While(Node, frozen=True, array_like=True, gc=False, tag="while"):
    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    span: Span


class WithItem(msgspec.Struct, frozen=True, array_like=True, gc=False):
    value: Expression
    target: Expression | None = None


class With(Node, frozen=True, array_like=True, gc=False, tag="with"):
    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    is_async: bool
    span: Span


class ExceptClause(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`except kind as name: body`; a bare except has no kind."""

    kind: Expression | None
    name: str
    body: tuple[Statement, ...]
    span: Span


class Try(Node, frozen=True, array_like=True, gc=False, tag="try"):
    body: tuple[Statement, ...]
    handlers: tuple[ExceptClause, ...]
    orelse: tuple[Statement, ...]
    finalbody: tuple[Statement, ...]
    span: Span


class Case(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`case pattern if guard: body`. A class pattern is a Call, a value pattern its expression, alternatives `|`."""

    pattern: Expression
    guard: Expression | None
    body: tuple[Statement, ...]


class Match(Node, frozen=True, array_like=True, gc=False, tag="match"):
    subject: Expression
    cases: tuple[Case, ...]
    span: Span


class Parameter(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`star` is `*` for the variable positional parameter, `**` for the keyword one."""

    name: str
    annotation: Expression | None = None
    default: Expression | None = None
    star: Choices["", "*", "**"] = ""
    keyword_only: bool = False


class Function(Node, frozen=True, array_like=True, gc=False, tag="def"):
    """A function definition; the span starts at `def` or `async`, `docstring` is its first line."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: Expression | None
    decorators: tuple[Expression, ...]
    body: tuple[Statement, ...]
    is_async: bool
    docstring: str
    span: Span


class Class(Node, frozen=True, array_like=True, gc=False, tag="class"):
    """A class definition; the span starts at `class`, `docstring` is whole."""

    name: str
    bases: tuple[Argument, ...]
    decorators: tuple[Expression, ...]
    body: tuple[Statement, ...]
    docstring: str
    span: Span


Statement = (
    Import
    | Assign
    | Evaluate
    | Return
    | Raise
    | Delete
    | Jump
    | Outer
    | Assert
    | If
    | For
    | While
    | With
    | Try
    | Match
    | Function
    | Class
)


class Suppression(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A comment that accepts findings.

    `codes` holds codes and names as written; empty accepts all. Findings that start on a line from `first_line` to
    `last_line` are covered: the logical statement, or for `scope == "file"` the whole file.
    """

    codes: tuple[str, ...]
    reason: str
    scope: Choices["statement", "file"]
    first_line: int
    last_line: int
    span: Span
    syntax: Choices["evlint", "noqa"] = "evlint"


class Failure(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Why a file could not be read or parsed."""

    reason: str
    line: int = 1
    column: int = 1


class FileFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The statements of one file, or why there are none."""

    body: tuple[Statement, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    failure: Failure | None = None
