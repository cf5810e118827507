"""Loops that send what an outbox holds, and what they do with a row that cannot be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.link import failures
from evlint.link.failures import is_forever, nodes
from evlint.link.scopes import Scope
from evlint.link.sites import Sites
from evlint.link.walk import dotted, last_name, statements
from evlint.model.facts import Assign, Attribute, Call, ExceptClause, Expression, Literal, Statement, Try, While
from evlint.model.program import Endless

OUTBOX = re.compile(r"outbox", re.IGNORECASE)
SENDS = re.compile(r"^(?:a?publish|basic_publish|send|produce|emit|dispatch|send_message|send_and_wait)(?:_|$)")


def relays(sites: Sites) -> dict[Scope, tuple[Endless, ...]]:
    """The functions that loop for ever around an outbox, with what they send again without an end."""
    found: dict[Scope, tuple[Endless, ...]] = {}
    for scope in sites.scopes:
        if scope.kind == "function" and any(OUTBOX.search(dotted(site.call.func)) for site in scope.sites):
            loops = [item for item in statements(scope.body) if isinstance(item, While) and is_forever(item)]
            endless = tuple(item for loop in loops for item in _endless(sites, scope, loop))
            if endless:
                found[scope] = endless
    return found


def _endless(sites: Sites, scope: Scope, loop: While) -> Iterator[Endless]:
    inside = list(statements(loop.body))
    fetches = [node for item in inside for node in _calls(item) if OUTBOX.search(dotted(node.func))]
    if failures.has_limit(scope) or not fetches:
        return
    for statement in inside:
        if not isinstance(statement, Try):
            continue
        sending = [node for item in statements(statement.body) for node in _calls(item)]
        sending = [node for node in sending if SENDS.search(last_name(node.func))]
        loose = [item for item in statement.handlers if failures.outcome(sites.evaluator, scope, item) != "raises"]
        for clause in loose[:1] if sending else ():
            if all(_reads(sites, fetches, state) for state in _states(clause)):
                yield Endless("relay", dotted(sending[0].func), scope.location(clause.span))


def _calls(statement: Statement) -> Iterator[Call]:
    return (node for node in nodes(statement) if isinstance(node, Call))


def _states(clause: ExceptClause) -> Iterator[str]:
    """How an except clause marks the row, as `FAILED`; a call that may set it aside has an unknown mark."""
    for statement in statements(clause.body):
        kept = isinstance(statement, Assign) and any(isinstance(item, Attribute) for item in statement.targets)
        if isinstance(statement, Assign) and kept and statement.value is not None:
            yield _word(statement.value)
        for call in _calls(statement):
            if "fail" in last_name(call.func).lower() or OUTBOX.search(dotted(call.func)):
                yield ""


def _word(node: Expression) -> str:
    return str(node.value) if isinstance(node, Literal) else last_name(node)


def _reads(sites: Sites, fetches: list[Call], state: str) -> bool:
    """Whether what reads the outbox asks for rows of that state, too."""
    names = {last_name(call.func) for call in fetches}
    readers = [
        scope
        for scope in sites.scopes
        if scope.kind == "function" and scope.name in names and OUTBOX.search(scope.qualname)
    ]
    words = {_word(node).lower() for scope in readers for item in statements(scope.body) for node in nodes(item)}
    return bool(state) and state.lower() in words
