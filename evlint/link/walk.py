"""Walk expressions and statements without recursion."""

from collections.abc import Callable, Iterator
from typing import Any

from evlint.model.facts import (
    Assert,
    Assign,
    Attribute,
    Await,
    Call,
    Class,
    Comprehension,
    Conditional,
    Delete,
    Evaluate,
    Expression,
    For,
    Format,
    Function,
    If,
    Import,
    Jump,
    Lambda,
    Literal,
    Mapping,
    Match,
    Name,
    Operation,
    Other,
    Outer,
    Raise,
    Return,
    Sequence,
    Starred,
    Statement,
    Subscript,
    Try,
    Walrus,
    While,
    With,
    Yield,
)


def _of_value(node: Attribute | Await | Starred) -> tuple[Expression, ...]:
    return (node.value,)


def _of_call(node: Call) -> tuple[Expression, ...]:
    return (node.func, *[argument.value for argument in node.args])


def _of_mapping(node: Mapping) -> tuple[Expression, ...]:
    return tuple([part for pair in node.items for part in (pair.key, pair.value) if part is not None])


def _of_comprehension(node: Comprehension) -> tuple[Expression, ...]:
    loops = [part for loop in node.generators for part in (loop.iterable, loop.target, *loop.conditions)]
    return (node.element, *loops)


COMPOUND = (If, For, While, With, Try, Match)
# Most expressions are one of these, and there is nothing inside.
LEAVES = (Name, Literal)
# A table by type: a match statement over seventeen classes takes three times as long.
_CHILDREN: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    Name: lambda node: (),
    Literal: lambda node: (),
    Lambda: lambda node: (),
    Attribute: _of_value,
    Await: _of_value,
    Starred: _of_value,
    Call: _of_call,
    Format: lambda node: node.parts,
    Sequence: lambda node: node.items,
    Operation: lambda node: node.operands,
    Other: lambda node: node.children,
    Mapping: _of_mapping,
    Subscript: lambda node: (node.value, node.index),
    Conditional: lambda node: (node.body, node.test, node.orelse),
    Comprehension: _of_comprehension,
    Yield: lambda node: () if node.value is None else (node.value,),
    Walrus: lambda node: (node.target, node.value),
}


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside `node`, in the order of the code; a lambda's body is left out."""
    return _CHILDREN[type(node)](node)


def expressions(root: Expression) -> Iterator[Expression]:
    """`root` and all expressions inside it, outermost first, in the order of the code."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, LEAVES):
            continue
        inner = _CHILDREN[type(node)](node)
        if inner:
            stack.extend(inner[::-1])


def blocks(statement: Statement) -> tuple[tuple[str, tuple[Statement, ...]], ...]:
    """The blocks of a compound statement with their labels; none for definitions and simple statements."""
    if not isinstance(statement, COMPOUND):
        return ()
    match statement:
        case If():
            return (("if", statement.body), ("else", statement.orelse))
        case For() | While():
            return (("for", statement.body), ("else", statement.orelse))
        case With():
            return (("with", statement.body),)
        case Try():
            return (
                ("try", statement.body),
                *(("except", clause.body) for clause in statement.handlers),
                ("try", statement.orelse),
                ("finally", statement.finalbody),
            )
        case Match():
            return tuple((f"case{number}", case.body) for number, case in enumerate(statement.cases))


def statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """All statements of `body` and its blocks in order, without the bodies of definitions."""
    stack = list(reversed(body))
    while stack:
        statement = stack.pop()
        yield statement
        if isinstance(statement, COMPOUND):
            for _, block in reversed(blocks(statement)):
                stack.extend(reversed(block))


def heads(statement: Statement) -> tuple[Expression, ...]:
    """The expressions that stand in `statement` itself, not in its blocks or its definition's body."""
    match statement:
        case Evaluate(value=value):
            return (value,)
        case Assign():
            found = (*statement.targets, statement.value)
        case Return(value=value) | Raise(value=value):
            found = (value,)
        case Delete(targets=found):
            pass
        case Assert(test=test) | If(test=test) | While(test=test):
            return (test,)
        case For():
            return (statement.iterable, statement.target)
        case With():
            found = tuple(part for item in statement.items for part in (item.value, item.target))
        case Try():
            found = tuple(clause.kind for clause in statement.handlers)
        case Match():
            found = (
                statement.subject,
                *(part for case in statement.cases for part in (case.pattern, case.guard)),
            )
        case Function():
            return statement.decorators
        case Class():
            return (*statement.decorators, *(base.value for base in statement.bases))
        case Import() | Jump() | Outer():
            return ()
        case _:
            raise TypeError(statement)
    return tuple(part for part in found if part is not None)


def dotted(node: Expression) -> str:
    """The callee as a reader would write it, with calls as `()` and other expressions as `…`."""
    parts: list[str] = []
    while True:
        match node:
            case Name():
                parts.append(node.id)
                break
            case Attribute():
                parts.append(f".{node.attr}")
                node = node.value
            case Call():
                parts.append("()")
                node = node.func
            case Subscript():
                parts.append("[]")
                node = node.value
            case Await():
                node = node.value
            case _:
                parts.append("…")
                break
    return "".join(reversed(parts))


def last_name(node: Expression) -> str:
    """The name after the last dot of a name or attribute; empty for anything else."""
    if isinstance(node, Name):
        return node.id
    return node.attr if isinstance(node, Attribute) else ""
