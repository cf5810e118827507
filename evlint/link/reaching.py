"""Which assignments of a local variable can be the one that a use of it sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evlint.link.scopes import Binding, Scope
from evlint.model.facts import Evaluate, For, If, Match, Name, Outer, Statement, Try, While, With
from evlint.model.source import Span

# The blocks that a place stands in, outermost first, each by its statement and its number there.
Path = tuple[tuple[int, int], ...]
Block = tuple[Statement, ...]


def reaching(scope: Scope, bindings: Sequence[Binding], use: Name) -> Sequence[Binding]:
    """The bindings of a function's variable that may be in force where it is used.

    An assignment in a block around the use hides what came before it; what comes after the use counts in a loop only.
    """
    if len(bindings) < 2 or scope.kind != "function":
        return bindings
    begin = Span(scope.span.line, scope.span.column, scope.span.line, scope.span.column)
    found = [begin if item.kind == "parameter" else item.span for item in bindings]
    spans = [span for span in found if span is not None]
    if len(spans) < len(bindings):
        return bindings
    at = _path(scope.body, use.span)
    paths = [_path(scope.body, span) for span in spans]
    hiding = [
        index
        for index, (span, path) in enumerate(zip(spans, paths, strict=True))
        if _precedes(span, use.span) and path == at[: len(path)]
    ]
    if not hiding:
        return bindings
    last = max(hiding, key=lambda index: (spans[index].line, spans[index].column))
    again = {part for part in at[len(paths[last]) :] if part in _loops(scope.body)}

    def may_hold(index: int) -> bool:
        if _precedes(spans[index], use.span):
            return index == last or _precedes(spans[last], spans[index])
        return bool(again & {*paths[index]})

    return [item for index, item in enumerate(bindings) if may_hold(index)]


def _precedes(first: Span, second: Span) -> bool:
    return (first.end_line, first.end_column) <= (second.line, second.column)


def _path(body: Block, span: Span) -> Path:
    """The blocks in which what begins at `span` stands."""
    for statement in body:
        for number, block in enumerate(_blocks(statement)):
            if _holds(block, span):
                return ((id(statement), number), *_path(block, span))
    return ()


def _holds(block: Block, span: Span) -> bool:
    spans = [inner for statement in block if (inner := _span(statement)) is not None]
    return bool(spans) and (
        (spans[0].line, spans[0].column) <= (span.line, span.column) <= (spans[-1].end_line, spans[-1].end_column)
    )


def _span(statement: Statement) -> Span | None:
    if isinstance(statement, Outer):
        return None
    return statement.value.span if isinstance(statement, Evaluate) else statement.span


def _blocks(statement: Statement) -> tuple[Block, ...]:
    match statement:
        case If() | For() | While():
            return statement.body, statement.orelse
        case With():
            return (statement.body,)
        case Try():
            handlers = (clause.body for clause in statement.handlers)
            return (statement.body, *handlers, statement.orelse, statement.finalbody)
        case Match():
            return tuple(case.body for case in statement.cases)
    return ()


def _loops(body: Block) -> set[tuple[int, int]]:
    return {(id(statement), 0) for statement in _all(body) if isinstance(statement, For | While)}


def _all(body: Block) -> Iterator[Statement]:
    for statement in body:
        yield statement
        for block in _blocks(statement):
            yield from _all(block)
