"""Evidence in a function that handling the same delivery twice is harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.link.scopes import Scope
from evlint.link.walk import dotted, expressions, heads, last_name, statements
from evlint.model.facts import Call, Expression, If, Jump, Literal, Name, Operation, Return, Statement, Try

MARKERS = re.compile(r"idempot|dedup|run_once|exactly_once|once_per|unique_task|singleton", re.IGNORECASE)
CHECKS = re.compile(
    r"already|processed|is_duplicate|has_seen|was_seen|seen_before|is_known|has_been|idempot|dedup|exists|inbox|claim",
    re.IGNORECASE,
)
UPSERTS = re.compile(
    r"get_or_create|update_or_create|upsert|on_conflict|insert_or_ignore|ignore_conflicts|setnx|add_if_absent"
    r"|put_if_absent|find_one_and_update|replace_one|merge_into",
    re.IGNORECASE,
)
CONFLICTS = re.compile(
    r"Integrity|UniqueViolation|Duplicate|AlreadyExists|Conflict|ConditionalCheckFailed", re.IGNORECASE
)
KEYS = frozenset(
    "idempotency_key idempotence_key dedupe_key deduplication_id MessageDeduplicationId message_id dedup_id job_id"
    " task_id nx ConditionExpression ignore_conflicts request_id client_token ClientRequestToken".split()
)
SQL = re.compile(r"on conflict|or ignore|or replace|on duplicate key|merge into|where not exists", re.IGNORECASE)
FOUND = re.compile(r"existing|existed|exists|^found$|duplicate|^previous$|^prior", re.IGNORECASE)
SEEN = re.compile(r"processed|seen|handled|applied|done|inbox|dedup|known|delivered|completed", re.IGNORECASE)
STATES = re.compile(r"status|state|stage|phase|is_|_at$|version|sent|paid|confirmed", re.IGNORECASE)


def found_in(scope: Scope, decorators: tuple[str, ...]) -> tuple[str, ...]:
    """What kinds of evidence stand in the function, in the order of the code, each once."""
    found: dict[str, None] = {}
    if any(MARKERS.search(name) for name in decorators):
        found["idempotency marker"] = None
    for statement in statements(scope.body):
        for kind in _in_statement(statement):
            found[kind] = None
    return tuple(found)


def _in_statement(statement: Statement) -> Iterator[str]:
    if isinstance(statement, Try):
        for clause in statement.handlers:
            if clause.kind is not None and any(CONFLICTS.search(last_name(node)) for node in expressions(clause.kind)):
                yield "conflict handling"
    if isinstance(statement, If):
        yield from _in_test(statement)
    for head in heads(statement):
        for node in expressions(head):
            yield from _in_expression(node)


def _in_test(statement: If) -> Iterator[str]:
    """A test that leaves early: on something seen before, or on the state that the effect leads to."""
    names = [last_name(node) for node in expressions(statement.test)]
    leaves = _leaves(statement.body)
    if any(SEEN.search(name) for name in names if name) or (
        leaves and any(CHECKS.search(name) for name in names if name)
    ):
        yield "processed check"
    if leaves and _is_found(statement.test):
        yield "existing row"
    if any(STATES.search(name) for name in names if name) and (leaves or _compares(statement.test)):
        yield "state guard"


def _is_found(test: Expression) -> bool:
    """Whether a test holds when a row is there: `existing`, `existing is not None`."""
    if isinstance(test, Operation):
        return test.operator in ("is not", "!=", ">", "and") and _is_found(test.operands[0])
    return bool(FOUND.search(last_name(test)))


def _leaves(body: tuple[Statement, ...]) -> bool:
    return any(isinstance(statement, Return | Jump) for statement in body)


def _compares(test: Expression) -> bool:
    return any(
        isinstance(node, Operation) and node.operator in ("==", "!=", "in", "not in", "is", "is not", "<", ">", "not")
        for node in expressions(test)
    )


def _in_expression(node: Expression) -> Iterator[str]:
    if isinstance(node, Call):
        name = last_name(node.func)
        if UPSERTS.search(name):
            yield "upsert"
        elif CHECKS.search(name) and not isinstance(node.func, Name):
            yield "processed check"
        if any(argument.keyword in KEYS for argument in node.args):
            yield "idempotency key"
        if MARKERS.search(dotted(node.func)):
            yield "idempotency marker"
    elif isinstance(node, Literal) and isinstance(node.value, str) and SQL.search(node.value):
        yield "upsert"
