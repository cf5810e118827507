"""Why a call, decorator or class is not a fact: which look-up failed, and what would make it succeed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from evlint.link.evaluate import Evaluator
from evlint.link.identities import is_command, is_record, sounds_like_event
from evlint.link.scopes import Module, Scope, Site
from evlint.link.shapes import PUBLISHING
from evlint.link.spoken import VERB
from evlint.link.values import (
    ClassObject,
    ExternalObject,
    Frame,
    FunctionObject,
    Instance,
    ModuleObject,
    Unbound,
    Value,
)
from evlint.link.vocabulary import Rule, Vocabulary
from evlint.link.walk import dotted, last_name
from evlint.model.dialect import Dialect, PatternKind
from evlint.model.facts import Attribute, Call, Expression
from evlint.model.source import Span
from evlint.model.why import Reason

KINDS: tuple[PatternKind, ...] = ("call", "object", "decorator", "loop", "table")


class Explainer:
    """Looks at one place again and says what was looked for.

    Args:
        evaluator: As linking left it.
        others: The dialects that took no part, because they are off or nothing of theirs is imported.
    """

    def __init__(self, evaluator: Evaluator, others: Iterable[Dialect]) -> None:
        self._evaluator = evaluator
        self._others = [(dialect, Vocabulary([_switched_on(dialect)])) for dialect in others]

    def at(self, module: Module, line: int) -> list[Reason]:
        """What is not a fact in a line, and why: its calls and decorators, and what is defined there."""
        found: list[Reason] = []
        for scope in module.all_scopes():
            # The callee counts, not the lines that its arguments may go on for.
            found += [self._call(site) for site in scope.sites if _covers(site.call.func.span, line)]
            for node in scope.decorators:
                if _covers(node.span, line) or (scope.kind == "function" and scope.span.line == line):
                    call = node if isinstance(node, Call) else Call(node, (), node.span)
                    found.append(self._call(Site(call, scope.parent or scope, "passed")))
            if scope.kind == "class" and scope.span.line == line:
                found.append(self._class(scope))
            elif scope.kind == "function" and scope.span.line == line:
                because = "nothing was found that registers it as a handler"
                found.append(Reason(scope.location(scope.span), f"function `{scope.qualname}`", "nothing", (because,)))
        return list(dict.fromkeys(found))

    def _call(self, site: Site) -> Reason:
        callee, frame = site.call.func, Frame(site.scope)
        name = last_name(callee)
        values = self._evaluator.values(callee, frame)
        own = [value.scope for value in values if isinstance(value, FunctionObject | ClassObject)]
        rules = [rule for kind in KINDS for rule in self._evaluator.vocabulary.rules(kind, name)]
        absent = [item for item, words in self._others if name in words.verbs() and _may_be_of(item, values)]
        because = [f"`{dotted(callee)}` is {_told(value)}" for value in values[:2]]
        because += [self._mismatch(rule, callee, frame) for rule in rules]
        because += [_absence(dialect, name) for dialect in absent]
        if own:
            because.append("what it is given was not found to reach a call that publishes or subscribes")
        elif not rules and not absent:
            because.append(f"no dialect, no bus of the program and no function that passes events on has a `{name}`")
        remedy = _remedy(callee, rules, absent, is_own=bool(own))
        location = site.scope.location(site.call.span)
        return Reason(location, f"call of `{dotted(callee)}`", "nothing", tuple(dict.fromkeys(because)), remedy)

    def _mismatch(self, rule: Rule, callee: Expression, frame: Frame) -> str:
        """Why a rule that has the right last name did not match."""
        title = rule.dialect.dialect.title
        if rule.type is None:
            return f"{title} has a `{rule.name}`, and this is not known to be it"
        wanted = ", ".join(rule.type.receiver.names[:2]) or rule.type.key
        if not isinstance(callee, Attribute):
            return f"{title} has it as a method of {wanted}"
        receiver = dotted(callee.value)
        values = self._evaluator.values(callee.value, frame)
        known = [value for value in values if not isinstance(value, Unbound)]
        if not known:
            return f"{title} has it as a method of {wanted}, and nothing is known of `{receiver}`"
        return f"{title} has it as a method of {wanted}, and `{receiver}` is {_told(known[0])}"

    def _class(self, scope: Scope) -> Reason:
        because: list[str] = []
        remedy = ""
        if is_command(self._evaluator, scope):
            because.append("its name, a base or its module says that it is a command or a query, which are no events")
        elif is_record(self._evaluator, scope):
            because.append("it is a table row, an exception, an enumeration or a plain container by its bases")
        else:
            told = (
                "is named like an event" if sounds_like_event(self._evaluator, scope) else "is not named like an event"
            )
            because.append(f"it {told}, but no publication, subscription or base class makes it one")
            remedy = "ask again at the line that publishes or handles it"
        return Reason(scope.location(scope.span), f"class `{scope.qualname}`", "nothing", tuple(because), remedy)


def _may_be_of(dialect: Dialect, values: Iterable[Value]) -> bool:
    """Whether what is called may come from a dialect's packages: where its origin is known, it tells."""
    origins = [value.name if isinstance(value, ExternalObject) else getattr(value, "type", None) for value in values]
    known = [origin for origin in origins if isinstance(origin, str)]
    packages = dialect.dialect.detect.imports
    return not known or not packages or any(origin.startswith(packages) for origin in known)


def _switched_on(dialect: Dialect) -> Dialect:
    return msgspec.structs.replace(dialect, dialect=msgspec.structs.replace(dialect.dialect, scope="on"))


def _covers(span: Span, line: int) -> bool:
    return span.line <= line <= span.end_line


def _remedy(callee: Expression, rules: list[Rule], absent: list[Dialect], *, is_own: bool) -> str:
    """What would make a call a fact, if it ought to be one."""
    typed = next((rule.type for rule in rules if rule.type is not None), None)
    if typed is not None and isinstance(callee, Attribute):
        kind = f"`{typed.receiver.names[0]}`" if typed.receiver.names else f"a {typed.key}"
        return f"if `{dotted(callee.value)}` is {kind}, say so by an annotation where it comes from"
    off = next((dialect.id for dialect in absent if not dialect.is_on), None)
    if off is not None:
        return f'`dialects-on = ["{off}"]` in the configuration switches the dialect on'
    if not (is_own or absent) and (VERB.match(last_name(callee)) or PUBLISHING.match(last_name(callee))):
        return "if this is a bus of your own, declare it in the configuration; `evlint init` proposes how"
    return ""


def _absence(dialect: Dialect, name: str) -> str:
    title = dialect.dialect.title
    if not dialect.is_on:
        return f"{title} has a `{name}`, but its dialect is off"
    packages = ", ".join(dialect.dialect.detect.imports[:2])
    return f"{title} has a `{name}`, but no analysed file imports {packages}"


def _told(value: Value) -> str:
    """A value, for people to read."""
    match value:
        case ClassObject(scope=scope):
            return f"the class `{scope.dotted}`"
        case FunctionObject(scope=scope):
            return f"the function `{scope.dotted}` ({scope.module.path}:{scope.span.line})"
        case ModuleObject(path=path):
            return f"the module {path}"
        case ExternalObject(name=name):
            return f"`{name}` from outside the program"
        case Instance(type=Scope() as scope):
            return f"an instance of `{scope.dotted}`"
        case Instance(type=str() as name):
            return f"an instance of `{name.partition(':')[2] or name}`"
        case Unbound(name=name):
            return f"the parameter `{name}`, of which no type is known"
    return "a plain value"
