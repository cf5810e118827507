"""What a message is seen to carry: the names in its payload, its headers, and what its forwarders add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evlint.link import effects
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Module, Scope
from evlint.link.values import ClassObject, Frame, Instance, Table
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Expression,
    Format,
    Function,
    Import,
    Literal,
    Mapping,
    Name,
    Sequence,
    Subscript,
)
from evlint.words.correlation import tells

DEPTH = 5
OWN = "event_id"
# Stands before the names that a class declares, whether or not this message fills them.
FIELD = "."
# What adds the ids of a trace to every message without a word in the code that sends it.
INSTRUMENTED = re.compile(
    r"^(?:ddtrace|elasticapm|newrelic|aws_xray_sdk|opentelemetry\.propagat\w*"
    r"|opentelemetry\.instrumentation\.(?:\w*pika|\w*kafka\w*|celery|boto\w*|redis|nats|auto_instrumentation))(?:\.|$)"
)
PLAIN = frozenset("dumps dumpb packb encode dict str bytes bytearray json jsonable_encoder asdict to_json".split())
# Arguments in which the message itself stands.
PAYLOADS = re.compile(r"body|message|^value|^event$|data|payload|envelope|record|^msg|detail$", re.IGNORECASE)
REPLIES = frozenset(
    "reply_to reply replyTo reply_queue reply_topic callback_queue response_queue response_topic".split()
)
CHANGERS = frozenset({"update", "setdefault"})


class OpaqueError(Exception):
    """The message holds something that is known only when the program runs."""


def is_instrumented(modules: Iterable[Module]) -> bool:
    """Whether the program loads something that passes on the ids of a trace by itself."""
    return any(
        statement.level == 0 and INSTRUMENTED.match(statement.module)
        for module in modules
        for statement in statements(module.facts.body)
        if isinstance(statement, Import)
    )


def names_reply(call: Call) -> bool:
    """Whether a publishing call says where the answer is to be sent."""
    calls = (node for node in expressions(call) if isinstance(node, Call))
    return any(
        argument.keyword in REPLIES and not (isinstance(argument.value, Literal) and not argument.value.value)
        for node in calls
        for argument in node.args
    )


def carried(evaluator: Evaluator, call: Call, scope: Scope) -> tuple[str, ...] | None:
    """The names that the message of a publishing call holds; None where not all of it is known."""
    found: set[str] = set()
    frame = Frame(scope)
    seen = False
    try:
        for argument in call.args:
            if argument.keyword:
                found.add(argument.keyword)
            if isinstance(argument.value, Name | Attribute) and tells(last_name(argument.value)):
                found.add(last_name(argument.value))
                continue
            names = list(_names(evaluator, argument.value, frame, 0))
            if names or isinstance(argument.value, Mapping):
                seen = True
                found.update(names)
            elif PAYLOADS.search(argument.keyword or last_name(argument.value)) and not _is_plain(argument.value):
                return None
    except OpaqueError:
        return None
    if not seen:
        return None
    found.update(_added(evaluator, call, frame, DEPTH))
    return tuple(sorted(found))


def _names(evaluator: Evaluator, node: Expression, frame: Frame, depth: int) -> Iterator[str]:
    """The keys and fields in a payload; nothing for what is no payload, such as a topic."""
    if depth > DEPTH:
        return
    match node:
        case Mapping():
            yield from _keys(evaluator, node, frame, depth)
        case Await():
            yield from _names(evaluator, node.value, frame, depth)
        case Sequence():
            for item in node.items:
                yield from _names(evaluator, item, frame, depth + 1)
        case Call():
            yield from _made(evaluator, node, frame, depth)
        case Name():
            yield from _set_later(node.id, frame.scope)
            yield from _held(evaluator, node, frame, depth)
        case Attribute():
            yield from _held(evaluator, node, frame, depth)


def _keys(evaluator: Evaluator, node: Mapping, frame: Frame, depth: int) -> Iterator[str]:
    for pair in node.items:
        if pair.key is None:
            inner = list(_names(evaluator, pair.value, frame, depth + 1))
            if not inner:
                raise OpaqueError
            yield from inner
        else:
            yield str(pair.key.value) if isinstance(pair.key, Literal) else last_name(pair.key)
            if _is_unique(pair.value):
                yield OWN
            if isinstance(pair.value, Mapping | Name | Attribute):
                yield from _names(evaluator, pair.value, frame, depth + 1)


def _is_unique(node: Expression) -> bool:
    """Whether a value is made up for this message: `str(uuid4())`."""
    return any(
        last_name(part).startswith(("uuid", "ulid", "ksuid", "nanoid", "token_hex")) for part in expressions(node)
    )


def _made(evaluator: Evaluator, call: Call, frame: Frame, depth: int) -> Iterator[str]:
    """What a call makes: an object of the program, a message of a library, or the same payload in another form."""
    last = last_name(call.func)
    classes = [value for value in evaluator.values(call.func, frame) if isinstance(value, ClassObject)]
    if classes or last[:1].isupper() or last in PLAIN:
        for argument in call.args:
            if argument.star:
                raise OpaqueError
            if argument.keyword and last not in PLAIN:
                yield OWN if _is_unique(argument.value) else argument.keyword
            inner = list(_names(evaluator, argument.value, frame, depth + 1))
            hidden = not inner and not _is_plain(argument.value)
            if hidden and (last in PLAIN or PAYLOADS.search(argument.keyword)):
                raise OpaqueError
            yield from inner
        for value in classes:
            yield from _fields(evaluator, value.scope)
        if last in ("encode", "json", "dict") and isinstance(call.func, Attribute):
            yield from _known(evaluator, call.func.value, frame, depth)
    elif last.startswith(("model_dump", "to_", "as_", "serialize", "SerializeTo")) and isinstance(call.func, Attribute):
        yield from _known(evaluator, call.func.value, frame, depth)
    else:
        yield from _held(evaluator, call, frame, depth)


def _known(evaluator: Evaluator, node: Expression, frame: Frame, depth: int) -> Iterator[str]:
    found = list(_names(evaluator, node, frame, depth + 1))
    if not found and not _is_plain(node):
        raise OpaqueError
    yield from found


def _is_plain(node: Expression) -> bool:
    """Whether an expression says all that it is: a constant, a text, or an empty dict."""
    return isinstance(node, Literal | Format | Mapping)


def _held(evaluator: Evaluator, node: Expression, frame: Frame, depth: int) -> Iterator[str]:
    for value in evaluator.values(node, frame):
        if isinstance(value, Table):
            yield from _keys(evaluator, value.node, value.frame, depth + 1)
        elif isinstance(value, Instance) and isinstance(value.type, Scope):
            yield from _fields(evaluator, value.type)
            if value.call is not None and value.frame is not None:
                yield from (argument.keyword for argument in value.call.args if argument.keyword)


def _fields(evaluator: Evaluator, scope: Scope) -> Iterator[str]:
    for base in evaluator.classes.line(scope):
        if isinstance(base, Scope):
            yield from (f"{FIELD}{name}" for name in (*base.bindings, *base.attributes))


def _set_later(name: str, scope: Scope) -> Iterator[str]:
    """Keys and attributes that are added to the variable beside its first value."""
    for statement in statements(scope.body):
        if isinstance(statement, Assign):
            for target in statement.targets:
                if isinstance(target, Subscript) and last_name(target.value) == name:
                    if not isinstance(target.index, Literal):
                        raise OpaqueError
                    yield str(target.index.value)
                elif isinstance(target, Attribute) and last_name(target.value) == name:
                    yield target.attr
        for node in (part for head in heads(statement) for part in expressions(head)):
            called = node.func if isinstance(node, Call) else None
            if isinstance(called, Attribute) and called.attr in CHANGERS and last_name(called.value) == name:
                raise OpaqueError


def _added(evaluator: Evaluator, call: Call, frame: Frame, depth: int) -> Iterator[str]:
    """The tracing names that the functions mention through which the message goes."""
    _, function = effects.resolved(evaluator, call, frame)
    if function is None or depth == 0:
        return
    yield from mentioned(function)
    for site in function.sites:
        if site.scope.function() is function:
            yield from _added(evaluator, site.call, Frame(site.scope), depth - 1)


def mentioned(function: Scope) -> Iterator[str]:
    """The tracing names that stand in a function."""
    if isinstance(function.node, Function):
        yield from (item.name for item in function.node.parameters if tells(item.name) == "correlation")
    for statement in statements(function.body):
        for head in heads(statement):
            for node in expressions(head):
                name = str(node.value) if isinstance(node, Literal) and node.kind == "str" else last_name(node)
                if name and " " not in name and tells(name) == "correlation":
                    yield name
                if isinstance(node, Call):
                    yield from (item.keyword for item in node.args if tells(item.keyword) == "correlation")
