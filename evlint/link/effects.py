"""What a call does to the world, judged by what it is called and on what."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from evlint.link import keys
from evlint.link.arguments import keyword, positional
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, ExternalObject, Frame, FunctionObject, Instance
from evlint.link.walk import dotted, expressions, last_name
from evlint.model.facts import Attribute, Call, Expression
from evlint.model.facts import Literal as LiteralNode
from evlint.model.program import ActionKind

Effect = Literal["", "adds", "sets", "removes", "counts"]

LOGGING = re.compile(
    r"^(?:.*\.)?_?(?:log|logger|logging|print|warnings|structlog|metrics?|statsd|tracer|span|sentry_sdk|telemetry"
    r"|logfire|console|stdout|histogram|counter|gauge|current_span)(?:\.|$)",
    re.IGNORECASE,
)
STORES = re.compile(
    r"(?:^|_|\.)(?:session|db|database|repo|repository|repositories|store|storage|dao|table|collection|uow|conn"
    r"|connection|cursor|cur|tx|transaction|objects|manager|mapper|engine|dynamodb|mongo)s?(?:$|\.|\(|\[)",
    re.IGNORECASE,
)
OUTSIDE = re.compile(
    r"(?:mail|smtp|sms|notif|http|requests|httpx|aiohttp|client|gateway|stripe|twilio|slack|webhook|sendgrid|push"
    r"|api|ledger|billing|payment|charge|s3)",
    re.IGNORECASE,
)
ADDING = frozenset(
    "add add_all insert insert_one insert_many bulk_create create acreate bulk_insert append push put_item rpush lpush"
    " incr increment incrby hincrby insert_all add_one".split()
)
SETTING = frozenset(
    "save asave update update_one update_many merge replace_one upsert update_or_create aupdate_or_create set hset"
    " get_or_create aget_or_create bulk_update store persist replace put".split()
)
REMOVING = frozenset("delete delete_one delete_many remove discard".split())
READING = frozenset(
    "get find find_one filter all first one scalar scalars fetchone fetchall fetch select query".split()
)
SENDING = frozenset(
    "send post put patch delete request charge capture refund transfer notify deliver send_message send_mail send_email"
    " send_sms create_charge sendmail send_template pay upload invoke".split()
)
# What is named so reaches a person, whatever the program does in it.
MESSAGES = re.compile(
    r"^_*(?:a?send|deliver|post)_(?:\w*_)?(?:e?mails?|sms|push|notifications?|receipt|invoice|alert|text)(?:_|$)"
)
SQL_WRITE = re.compile(r"^\s*(?:insert|update|delete|merge|replace)\b", re.IGNORECASE)
SQL_ADD = re.compile(r"^\s*insert\b", re.IGNORECASE)
SQL_SAFE = re.compile(r"on conflict|or ignore|or replace|on duplicate key|merge into|where not exists", re.IGNORECASE)
CONSUMERS = re.compile(r"consumer\b|subscriber\b", re.IGNORECASE)
DELIVERIES = re.compile(r"(?:^|[._])(?:message|msg|delivery|event|channel|ch|incoming|receiver|m)\d*$", re.IGNORECASE)
HTTP = ("requests.", "httpx.", "aiohttp.", "smtplib.", "urllib3.", "django.core.mail.", "aiosmtplib.", "boto3.")


class Judgement(NamedTuple):
    kind: ActionKind
    target: str = ""
    function: Scope | None = None
    effect: Effect = ""


def judge(evaluator: Evaluator, call: Call, frame: Frame) -> Judgement:
    """What kind of action the call is, and what it runs."""
    text = dotted(call.func)
    target, function = resolved(evaluator, call, frame)
    last = last_name(call.func)
    if LOGGING.match(text) or target.startswith(("logging.", "warnings.", "structlog.", "builtins.print")):
        return Judgement("log", target, function)
    settled = settlement(call, text, target, last)
    if settled:
        return Judgement(settled, target, function)
    if last in ("commit", "acommit"):
        return Judgement("commit", target, function)
    if last in ("rollback", "abort"):
        return Judgement("rollback", target, function)
    sql = _sql(call) if last in ("execute", "executemany", "fetch", "fetchrow", "fetchval", "scalar") else ""
    if sql:
        adds = bool(SQL_ADD.match(sql)) and not SQL_SAFE.search(sql)
        return (
            Judgement("write", target, function, "adds" if adds else "sets")
            if SQL_WRITE.match(sql)
            else Judgement("read", target)
        )
    return _by_receiver(evaluator, call, frame, text, target, function)


def settlement(call: Call, text: str, target: str, last: str) -> Literal["", "ack", "requeue", "reject"]:
    """What the call tells a broker to do with a delivery."""
    receiver = text.rpartition(".")[0]
    given = {argument.keyword for argument in call.args}
    if last in ("basic_ack", "ack", "xack", "ack_sync", "complete_message") and receiver:
        return "ack"
    if last in ("delete_message", "delete_message_batch") and given & {"ReceiptHandle", "Entries"}:
        return "ack"
    if last in ("commit", "commit_async") and CONSUMERS.search(receiver):
        return "ack"
    if last in ("basic_nack", "basic_reject"):
        return "reject" if _requeue(call, 2 if last == "basic_nack" else 1) is False else "requeue"
    if last == "process" and receiver and _requeue(call, 0) is True:
        return "requeue"
    if last in ("nack", "nak", "reject", "requeue", "abandon_message", "dead_letter_message", "term") and (
        DELIVERIES.search(receiver)
    ):
        again = last == "requeue" or _requeue(call, 0) is True
        return "requeue" if again or (last == "nack" and target.startswith("aio_pika.")) else "reject"
    return ""


def _requeue(call: Call, position: int) -> object:
    """The literal given for `requeue`; None where there is none."""
    node = keyword(call, "requeue") or positional(call, position)
    if node is None:
        return None
    return node.value if isinstance(node, LiteralNode) else False


def _by_receiver(
    evaluator: Evaluator, call: Call, frame: Frame, text: str, target: str, function: Scope | None
) -> Judgement:
    receiver = text.rpartition(".")[0]
    last = last_name(call.func)
    if target.startswith(HTTP) and (last in SENDING or last.startswith("send") or "mail" in last):
        return Judgement("send", target, function)
    if receiver and STORES.search(f"{receiver}."):
        if last in ADDING:
            keyed = keys.is_keyed(evaluator, call, frame) or keys.is_changed(evaluator, call, frame.scope)
            return Judgement("write", target, function, "sets" if keyed else "adds")
        if last in SETTING:
            return Judgement("write", target, function, "sets")
        if last in REMOVING:
            return Judgement("write", target, function, "removes")
        if last in READING or last.startswith(("get_", "find_", "list_", "fetch_")):
            return Judgement("read", target, function)
        if last == "execute":
            return Judgement(*_executed(call, target))
    if last in ("save", "asave", "delete") and receiver and not call.args and function is None:
        return Judgement("write", target, function, "sets" if last != "delete" else "removes")
    if MESSAGES.match(last):
        return Judgement("send", target, function)
    if function is None and OUTSIDE.search(receiver or last) and (last in SENDING or last.startswith("send")):
        return Judgement("send", target, function)
    return Judgement("call", target, function)


def _executed(call: Call, target: str) -> tuple[ActionKind, str, None, Effect]:
    """`execute(insert(...))`: what the statement is built from."""
    for argument in call.args[:1]:
        for node in expressions(argument.value):
            name = last_name(node)
            if name in ("insert", "Insert"):
                safe = any(last_name(part).startswith("on_conflict") for part in expressions(argument.value))
                return "write", target, None, "sets" if safe else "adds"
            if name in ("update", "delete"):
                return "write", target, None, "sets" if name == "update" else "removes"
    return "read", target, None, ""


def _sql(call: Call) -> str:
    for argument in call.args[:1]:
        for node in expressions(argument.value):
            if isinstance(node, LiteralNode) and isinstance(node.value, str):
                return node.value
    return ""


def resolved(evaluator: Evaluator, call: Call, frame: Frame) -> tuple[str, Scope | None]:
    """The dotted name of what is called, and the function of the program that runs; empty and None where unknown."""
    for value in evaluator.values(call.func, frame):
        match value:
            case FunctionObject():
                return value.scope.dotted, value.scope
            case ClassObject():
                return value.scope.dotted, None
            case ExternalObject() | Instance(type=str()):
                return value.name if isinstance(value, ExternalObject) else str(value.type), None
    if isinstance(call.func, Attribute):
        return _of_receiver(evaluator, call.func, frame), None
    return "", None


def _of_receiver(evaluator: Evaluator, func: Attribute, frame: Frame) -> str:
    for value in evaluator.values(func.value, frame):
        if isinstance(value, Instance):
            owner = value.type.dotted if isinstance(value.type, Scope) else value.type
            return f"{owner}.{func.attr}"
    return ""


def is_transaction(evaluator: Evaluator, node: Expression, frame: Frame) -> bool:
    """Whether entering `node` opens a database transaction."""
    name = last_name(node.func) if isinstance(node, Call) else last_name(node)
    if name in ("atomic", "begin", "begin_nested", "transaction", "in_transaction"):
        return True
    lowered = name.lower().replace("_", "")
    if lowered in ("uow", "unitofwork") or lowered.endswith(("unitofwork", "uow")):
        return True
    for value in evaluator.values(node, frame):
        if isinstance(value, Instance) and isinstance(value.type, Scope) and "unitofwork" in value.type.name.lower():
            return True
    return False
