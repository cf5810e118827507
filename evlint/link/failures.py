"""How functions take failures: what they catch and what becomes of it, and what they try again without an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from evlint.link import effects
from evlint.link.definitions import decorator_names
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import Frame
from evlint.link.walk import dotted, expressions, heads, last_name, statements
from evlint.model.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    ExceptClause,
    Expression,
    Jump,
    Name,
    Raise,
    Return,
    Statement,
    Subscript,
    Try,
    While,
    Yield,
)
from evlint.model.facts import Literal as LiteralNode
from evlint.model.program import Catch, Endless

Outcome = Literal["raises", "handles", "drops"]

EVERYTHING = frozenset({"Exception", "BaseException"})
EXITS = frozenset("exit _exit quit abort kill interrupt_main".split())
# Calls that leave no trace but in a log.
IDLE = frozenset(
    "sleep rollback close str repr type len format print_exc format_exc print_exception exc_info dict isinstance hasattr"
    " getattr get time now utcnow join strip items perf_counter monotonic inc observe labels set_attribute add_event"
    " set_status".split()
)
TOLD = re.compile(
    r"^_*log(?:_|$|[A-Z])|^(?:warn|warning|error|exception|debug|info|critical|echo|pprint)$"
    r"|^(?:capture|record|report|notice)_(?:exception|error|message)$"
)
LIMITS = re.compile(
    r"attempt|tries|retry_?count|num_?retr|max_|limit|deadline|elapsed|dead_?letter|dlq|dlx|poison|park|quarantine"
    r"|redelivered|delivery_?count|num_delivered|x_death|give_?up|giving_?up|backlog",
    re.IGNORECASE,
)
HEADERS = re.compile(r"x-death|x-delivery|x-retr|retry|retries|attempt|dead.?letter", re.IGNORECASE)
# Decorators that try again for ever unless one of these arguments is given.
RETRIES: dict[str, tuple[str, ...]] = {
    "tenacity.retry": ("stop",),
    "backoff.on_exception": ("max_tries", "max_time", "giveup"),
    "backoff.on_predicate": ("max_tries", "max_time"),
    "retrying.retry": ("stop", "stop_max_attempt_number", "stop_max_delay", "stop_func"),
    "retry.retry": ("tries",),
    "retry.api.retry": ("tries",),
}


def catches(evaluator: Evaluator, scope: Scope, statement: Try, labels: tuple[str, ...]) -> Iterator[Catch]:
    """The except clauses of a `try` that stands in the blocks `labels` of `scope`."""
    line = statement.span.line
    for number, clause in enumerate(statement.handlers, start=1):
        kinds = tuple(name for node in _kinds(clause.kind) if (name := last_name(node)))
        yield Catch(
            scope.location(clause.span),
            labels,
            f"{line}:try",
            f"{line}:except{number}",
            kinds,
            clause.kind is None or bool(EVERYTHING & set(kinds)),
            outcome(evaluator, scope, clause),
        )


def _kinds(kind: Expression | None) -> Iterator[Expression]:
    return expressions(kind) if kind is not None else iter(())


def outcome(evaluator: Evaluator, scope: Scope, clause: ExceptClause) -> Outcome:
    """What becomes of a failure that the clause catches."""
    found: Outcome = "drops"
    for statement in statements(clause.body):
        if isinstance(statement, Raise):
            return "raises"
        if _keeps(statement, clause.name):
            found = "handles"
        for head in heads(statement):
            for node in expressions(head):
                if isinstance(node, Call):
                    if last_name(node.func) in EXITS:
                        return "raises"
                    if not _is_idle(evaluator, scope, node):
                        found = "handles"
    return found


def _keeps(statement: Statement, name: str) -> bool:
    """Whether a statement of an except clause lets the failure, or a substitute, reach anything after it."""
    match statement:
        case Return(value=value):
            return value is not None and not (isinstance(value, LiteralNode) and value.value in (None, False))
        case Jump(kind=kind):
            return kind == "break"
        case Assign(targets=targets, value=value):
            if any(isinstance(target, Attribute | Subscript) for target in targets):
                return True
            described = value is not None and any(
                (isinstance(node, Name) and node.id == name)
                or (isinstance(node, Call) and last_name(node.func) in IDLE)
                for node in expressions(value)
            )
            return not described
    return any(isinstance(node, Yield) for head in heads(statement) for node in expressions(head))


def _is_idle(evaluator: Evaluator, scope: Scope, call: Call) -> bool:
    last = last_name(call.func)
    if last in IDLE or TOLD.search(last):
        return True
    return effects.judge(evaluator, call, Frame(scope)).kind in ("log", "ack")


def has_limit(scope: Scope) -> bool:
    """Whether the function counts failures or sets aside what fails too often."""
    return any(is_limit(node) for statement in statements(scope.body) for node in nodes(statement))


def nodes(statement: Statement) -> Iterator[Expression]:
    """The expressions that stand in the statement itself."""
    for head in heads(statement):
        yield from expressions(head)


def is_limit(node: Expression) -> bool:
    """Whether a name or key speaks of how often something was tried, or where it goes in the end."""
    if isinstance(node, LiteralNode):
        return isinstance(node.value, str) and bool(HEADERS.search(node.value))
    return bool(LIMITS.search(last_name(node)))


def endless(evaluator: Evaluator, scope: Scope) -> tuple[Endless, ...]:
    """What the function tries again without an end."""
    found = [*_decorated(evaluator, scope)]
    for statement in statements(scope.body):
        if isinstance(statement, While) and is_forever(statement):
            found += _looped(evaluator, scope, statement)
    return tuple(found)


def is_forever(statement: Statement) -> bool:
    """Whether a loop ends only from inside."""
    return isinstance(statement, While) and isinstance(statement.test, LiteralNode) and bool(statement.test.value)


def _decorated(evaluator: Evaluator, scope: Scope) -> Iterator[Endless]:
    for node, name in zip(scope.decorators, decorator_names(evaluator, scope), strict=True):
        arguments = node.args if isinstance(node, Call) else ()
        if any(argument.star == "**" for argument in arguments):
            continue
        ends = RETRIES.get(name)
        if (ends is not None and not _given(arguments, ends)) or _is_none(arguments, "max_retries"):
            callee = node.func if isinstance(node, Call) else node
            yield Endless("decorator", dotted(callee), scope.location(node.span))


def _given(arguments: tuple[Argument, ...], names: tuple[str, ...]) -> bool:
    return any(argument.keyword in names for argument in arguments)


def _is_none(arguments: tuple[Argument, ...], name: str) -> bool:
    return any(
        argument.keyword == name and isinstance(argument.value, LiteralNode) and argument.value.kind == "none"
        for argument in arguments
    )


def _looped(evaluator: Evaluator, scope: Scope, loop: While) -> Iterator[Endless]:
    inside = list(statements(loop.body))
    if any(is_limit(node) for statement in inside for node in nodes(statement)):
        return
    for statement in inside:
        if (
            isinstance(statement, Try)
            and _is_attempt(loop, statement)
            and not any(_leaves(clause.body) for clause in statement.handlers)
        ):
            work = _first_call(evaluator, scope, statement.body)
            if work is not None:
                yield Endless("loop", dotted(work.func), scope.location(loop.span))


def _leaves(body: tuple[Statement, ...]) -> bool:
    return any(
        isinstance(item, Return | Raise)
        or (isinstance(item, Jump) and item.kind == "break")
        or any(isinstance(node, Call) and last_name(node.func) in EXITS for node in nodes(item))
        for item in statements(body)
    )


def _is_attempt(loop: While, statement: Try) -> bool:
    """Whether a success in the `try` ends the loop: then what the loop repeats is one piece of work."""
    if statement not in loop.body:
        return False
    after = loop.body[loop.body.index(statement) + 1 :]
    return any(_ends(item) for block in (statement.body, statement.orelse, after) for item in block)


def _ends(statement: Statement) -> bool:
    return isinstance(statement, Return) or (isinstance(statement, Jump) and statement.kind == "break")


def _first_call(evaluator: Evaluator, scope: Scope, body: tuple[Statement, ...]) -> Call | None:
    for statement in statements(body):
        for node in nodes(statement):
            if isinstance(node, Call) and not _is_idle(evaluator, scope, node):
                return node
    return None
