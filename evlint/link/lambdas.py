"""Functions that AWS Lambda runs, known by their shape: `def handler(event, context)`.

Which queue or stream feeds one is written in a template; what an EventBridge event is called, in the function.
"""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link.emissions import Emission, Gap
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity
from evlint.link.readings import Handler, Manner, Reader
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import Frame, Table, Text
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import Attribute, Call, Expression, Literal, Match, Name, Operation, Subscript

EVENTS = frozenset({"event", "_event", "lambda_event"})
CONTEXTS = frozenset({"context", "_context", "ctx", "_", "lambda_context", "__", "_ctx"})
BRIDGE = Manner("topic", "eventbridge", "broker", "aws-lambda", "strong")
RECORDS = Manner("topic", "aws", "broker", "aws-lambda", "strong")
UNKNOWN = "which queue, topic or stream feeds the function is only told by the template that deploys it"


def told(sites: Sites) -> Iterator[Emission]:
    """The EventBridge events that Lambda functions tell apart by their detail type."""
    for scope in _functions(sites):
        for text, handler in _types(sites.evaluator, scope):
            identity = Identity(topic=text, namespace=BRIDGE.namespace, transport="broker", dialect=BRIDGE.dialect)
            yield Emission(Site(_call(scope), scope, "passed"), identity, BRIDGE, None, (handler,))


def fed(sites: Sites) -> Iterator[Gap]:
    """The Lambda functions that are given records; of what, the code does not say."""
    for scope in _functions(sites):
        if any(_key(node, scope) == "Records" for node in _nodes(scope)):
            handler = Handler(scope, scope.qualname, scope.span)
            yield Gap(Site(_call(scope), scope, "passed"), UNKNOWN, RECORDS, (handler,))


def _functions(sites: Sites) -> Iterator[Scope]:
    for scope in sites.scopes:
        if scope.kind == "function" and not scope.owner:
            names = [item.name for item in scope.parameters]
            if len(names) == 2 and names[0] in EVENTS and names[1] in CONTEXTS:
                yield scope


def _types(evaluator: Evaluator, scope: Scope) -> Iterator[tuple[Text, Handler]]:
    """The detail types that a function compares with, or looks up, each with what then runs."""
    here = Handler(scope, scope.qualname, scope.span)
    reader = Reader(evaluator, BRIDGE)
    frame = Frame(scope)
    aliases = _aliases(scope)
    for node in _nodes(scope):
        if isinstance(node, Operation) and node.operator in ("==", "in"):
            others = [part for part in node.operands if not _is_detail_type(part, scope, aliases)]
            for part in others if len(others) < len(node.operands) else ():
                yield from ((text, here) for text in reader.texts((part, frame)))
        table, key = _looked_up(node)
        if key is not None and table is not None and _is_detail_type(key, scope, aliases):
            for value in evaluator.values(table, frame):
                if isinstance(value, Table):
                    yield from _entries(reader, value, here)
    for statement in statements(scope.body):
        if isinstance(statement, Match) and _is_detail_type(statement.subject, scope, aliases):
            for case in statement.cases:
                yield from ((text, here) for text in reader.texts((case.pattern, frame)))


def _entries(reader: Reader, table: Table, here: Handler) -> Iterator[tuple[Text, Handler]]:
    for pair in table.node.items:
        runs = reader.handlers([(pair.value, table.frame)]) or [here]
        if pair.key is not None:
            yield from ((text, runs[0]) for text in reader.texts((pair.key, table.frame)))


def _looked_up(node: Expression) -> tuple[Expression | None, Expression | None]:
    """The table and key of `TABLE[key]` and `TABLE.get(key)`."""
    if isinstance(node, Subscript):
        return node.value, node.index
    if isinstance(node, Call) and last_name(node.func) == "get" and isinstance(node.func, Attribute) and node.args:
        return node.func.value, node.args[0].value
    return None, None


def _aliases(scope: Scope) -> frozenset[str]:
    """The variables that hold the detail type."""
    return frozenset(
        name
        for name, bindings in scope.bindings.items()
        for binding in bindings
        if binding.kind == "value" and binding.value is not None and _is_detail_type(binding.value, scope, frozenset())
    )


def _is_detail_type(node: Expression, scope: Scope, aliases: frozenset[str]) -> bool:
    if isinstance(node, Name):
        return node.id in aliases
    return _key(node, scope) in ("detail-type", "detail_type")


def _key(node: Expression, scope: Scope) -> str:
    """What is asked of the event: `event["detail-type"]`, `event.get("detail-type")`, `event.detail_type`."""
    asked, key = _looked_up(node)
    if asked is None and isinstance(node, Attribute):
        return node.attr if _is_event(node.value, scope) else ""
    if asked is None or not _is_event(asked, scope) or not isinstance(key, Literal):
        return ""
    return str(key.value)


def _is_event(node: Expression, scope: Scope) -> bool:
    return isinstance(node, Name) and node.id == scope.parameters[0].name


def _nodes(scope: Scope) -> Iterator[Expression]:
    for statement in statements(scope.body):
        for head in heads(statement):
            yield from expressions(head)


def _call(scope: Scope) -> Call:
    return Call(Name(scope.name, scope.span), (), scope.span)
