"""Whether what a call or decorator names is what a dialect's rule matches."""

from __future__ import annotations

from evlint.link.evaluate import Evaluator
from evlint.link.readings import Manner
from evlint.link.values import ClassObject, ExternalObject, Frame, FunctionObject, Instance, Unbound
from evlint.link.vocabulary import Rule
from evlint.link.walk import last_name
from evlint.model.dialect import Dialect
from evlint.model.facts import Attribute, Expression
from evlint.model.program import Confidence


def confidence(evaluator: Evaluator, rule: Rule, callee: Expression, frame: Frame) -> Confidence | None:
    """How sure it is that `callee` is what the rule matches; None when it is not."""
    if rule.type is None:
        return "certain" if _is_named(evaluator, rule, callee, frame) else None
    receiver = callee if rule.name == "__call__" else callee.value if isinstance(callee, Attribute) else None
    if receiver is None:
        return None
    values = evaluator.values(receiver, frame)
    known = [value for value in values if not isinstance(value, Unbound)]
    for value in known:
        if any(reference.name == rule.type.name for reference in evaluator.vocabulary.types(value, evaluator)):
            return "certain"
    return "likely" if not known and _is_spoken(rule.dialect, rule.type.key, receiver) else None


def _is_spoken(dialect: Dialect, key: str, receiver: Expression) -> bool:
    """Whether a receiver of unknown type is named like the type, or is the attribute of one that is: `hass.bus`."""
    if last_name(receiver).lstrip("_") in dialect.types[key].receiver_names:
        return True
    return isinstance(receiver, Attribute) and any(
        owner.attrs.get(receiver.attr) == key and last_name(receiver.value).lstrip("_") in owner.receiver_names
        for owner in dialect.types.values()
    )


def _is_named(evaluator: Evaluator, rule: Rule, callee: Expression, frame: Frame) -> bool:
    for value in evaluator.values(callee, frame):
        match value:
            case ExternalObject(name=name) if name == rule.name:
                return True
            case FunctionObject(scope=scope) | ClassObject(scope=scope) if scope.dotted == rule.name:
                return True
            case Instance(type=str() as name) if name == rule.name:
                return True
    return False


def manner(rule: Rule, sure: Confidence) -> Manner:
    """How events are named and travel where the rule matches."""
    header = rule.dialect.dialect
    return Manner(
        header.identity,
        rule.namespace,
        rule.pattern.transport or header.transport,
        rule.dialect.id,
        sure,
        rule.pattern.awaited == "yes",
        rule.pattern.modifier == "buffer",
        asks=rule.pattern.act == "request",
        external=header.scope in ("boundary", "subscriber-only"),
        once_with=rule.pattern.once_with,
        traced=header.traced,
    )
