"""Make facts of statements."""

from collections.abc import Callable
from inspect import cleandoc
from typing import Any

import libcst as cst

from evlint.extract.built import Built
from evlint.extract.chains import symbol
from evlint.extract.expressions import arguments, identifier, parameters
from evlint.model.facts import (
    Assert,
    Assign,
    Case,
    Class,
    Delete,
    Evaluate,
    ExceptClause,
    For,
    Function,
    If,
    Import,
    Jump,
    Literal,
    Match,
    Outer,
    Raise,
    Return,
    Statement,
    Try,
    While,
    With,
    WithItem,
)
from evlint.model.source import Span

Statements = tuple[Statement, ...]


def _expression(node: cst.Expr, built: Built, span: Span) -> Statements:
    return (Evaluate(built.expression(node.value)),)


def _import(node: cst.Import | cst.LazyImport, built: Built, span: Span) -> Statements:
    found = []
    for item in node.names:
        module = _dotted(item.name)
        found.append(Import(module, "", _alias(item) or module.split(".", 1)[0], 0, built.span(item)))
    return tuple(found)


def _import_from(node: cst.ImportFrom | cst.LazyImportFrom, built: Built, span: Span) -> Statements:
    module = "" if node.module is None else _dotted(node.module)
    level = len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        return (Import(module, "*", "*", level, span),)
    found = []
    for item in node.names:
        member = _dotted(item.name)
        found.append(Import(module, member, _alias(item) or member, level, built.span(item)))
    return tuple(found)


def _dotted(node: cst.BaseExpression) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(identifier(node.attr))
        node = node.value
    parts.append(identifier(cst.ensure_type(node, cst.Name)))
    return ".".join(reversed(parts))


def _alias(node: cst.ImportAlias) -> str:
    return "" if node.asname is None else identifier(cst.ensure_type(node.asname.name, cst.Name))


def _assign(node: cst.Assign, built: Built, span: Span) -> Statements:
    targets = built.expressions(target.target for target in node.targets)
    return (Assign(targets, built.expression(node.value), None, "", span),)


def _annotated(node: cst.AnnAssign, built: Built, span: Span) -> Statements:
    annotation = built.expression(node.annotation.annotation)
    return (Assign((built.expression(node.target),), built.optional(node.value), annotation, "", span),)


def _augmented(node: cst.AugAssign, built: Built, span: Span) -> Statements:
    target, value = built.expression(node.target), built.expression(node.value)
    return (Assign((target,), value, None, symbol(node.operator), span),)


def _type_alias(node: cst.TypeAlias, built: Built, span: Span) -> Statements:
    return (Assign((built.expression(node.name),), built.expression(node.value), None, "", span),)


def _return(node: cst.Return, built: Built, span: Span) -> Statements:
    return (Return(built.optional(node.value), span),)


def _raise(node: cst.Raise, built: Built, span: Span) -> Statements:
    return (Raise(built.optional(node.exc), span),)


def _delete(node: cst.Del, built: Built, span: Span) -> Statements:
    items = [item.value for item in node.target.elements] if isinstance(node.target, cst.Tuple) else [node.target]
    return (Delete(built.expressions(items), span),)


def _break(node: cst.Break, built: Built, span: Span) -> Statements:
    return (Jump("break", span),)


def _continue(node: cst.Continue, built: Built, span: Span) -> Statements:
    return (Jump("continue", span),)


def _global(node: cst.Global, built: Built, span: Span) -> Statements:
    return (Outer("global", tuple(identifier(item.name) for item in node.names)),)


def _nonlocal(node: cst.Nonlocal, built: Built, span: Span) -> Statements:
    return (Outer("nonlocal", tuple(identifier(item.name) for item in node.names)),)


def _assert(node: cst.Assert, built: Built, span: Span) -> Statements:
    return (Assert(built.expression(node.test), span),)


def _if(node: cst.If, built: Built, span: Span) -> Statements:
    orelse = built.statement(node.orelse) if isinstance(node.orelse, cst.If) else built.block(node.orelse)
    return (If(built.expression(node.test), built.block(node.body), orelse, span),)


def _for(node: cst.For, built: Built, span: Span) -> Statements:
    return (
        For(
            built.expression(node.target),
            built.expression(node.iter),
            built.block(node.body),
            built.block(node.orelse),
            node.asynchronous is not None,
            span,
        ),
    )


def _while(node: cst.While, built: Built, span: Span) -> Statements:
    return (While(built.expression(node.test), built.block(node.body), built.block(node.orelse), span),)


def _with(node: cst.With, built: Built, span: Span) -> Statements:
    items = tuple(
        WithItem(built.expression(item.item), built.optional(item.asname.name if item.asname else None))
        for item in node.items
    )
    return (With(items, built.block(node.body), node.asynchronous is not None, span),)


def _try(node: cst.Try | cst.TryStar, built: Built, span: Span) -> Statements:
    handlers = tuple(
        ExceptClause(
            built.optional(handler.type),
            identifier(cst.ensure_type(handler.name.name, cst.Name)) if handler.name else "",
            built.block(handler.body),
            built.span(handler),
        )
        for handler in node.handlers
    )
    return (Try(built.block(node.body), handlers, built.block(node.orelse), built.block(node.finalbody), span),)


def _match(node: cst.Match, built: Built, span: Span) -> Statements:
    cases = tuple(
        Case(built.expression(case.pattern), built.optional(case.guard), built.block(case.body)) for case in node.cases
    )
    return (Match(built.expression(node.subject), cases, span),)


def _function(node: cst.FunctionDef, built: Built, span: Span) -> Statements:
    docstring, body = _documented(built.block(node.body))
    return (
        Function(
            identifier(node.name),
            parameters(node.params, built),
            built.optional(node.returns.annotation if node.returns else None),
            built.expressions(item.decorator for item in node.decorators),
            body,
            node.asynchronous is not None,
            docstring.strip().split("\n", 1)[0].rstrip(),
            span,
        ),
    )


def _class(node: cst.ClassDef, built: Built, span: Span) -> Statements:
    docstring, body = _documented(built.block(node.body))
    return (
        Class(
            identifier(node.name),
            arguments((*node.bases, *node.keywords), built),
            built.expressions(item.decorator for item in node.decorators),
            body,
            cleandoc(docstring),
            span,
        ),
    )


def _documented(body: Statements) -> tuple[str, Statements]:
    """The docstring of a body, and the body without it."""
    match body[:1]:
        case (Evaluate(Literal(kind="str", value=str(text))),):
            return text, body[1:]
    return "", body


def module(node: cst.Module, built: Built) -> Statements:
    """The statements of a file, without its docstring."""
    return _documented(built.block(node))[1]


# Any: each builder takes the type of node that it stands for here.
BUILDERS: dict[type[cst.CSTNode], Callable[[Any, Built, Span], Statements]] = {
    cst.AnnAssign: _annotated,
    cst.Assert: _assert,
    cst.Assign: _assign,
    cst.AugAssign: _augmented,
    cst.Break: _break,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.ClassDef: _class,
    cst.Continue: _continue,
    cst.Del: _delete,
    cst.Expr: _expression,
    cst.For: _for,
    cst.FunctionDef: _function,
    cst.If: _if,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.LazyImport: _import,
    cst.LazyImportFrom: _import_from,
    cst.Match: _match,
    cst.Raise: _raise,
    cst.Return: _return,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.TypeAlias: _type_alias,
    cst.While: _while,
    cst.With: _with,
}
