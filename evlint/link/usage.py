"""What code does with an event that it holds: which fields it reads, and which it changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evlint.link import hints
from evlint.link.arguments import bind
from evlint.link.definitions import FORM_BASES, NEUTRAL
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import Frame, FunctionObject, Instance
from evlint.link.walk import children, expressions, heads, last_name, statements
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Delete,
    Expression,
    Format,
    Lambda,
    Literal,
    Match,
    Name,
    Parameter,
    Statement,
    Subscript,
)
from evlint.model.program import Change, Read
from evlint.model.source import Location

DEPTH = 2
# Calls that look at an event without reading its fields for the program's sake.
LOOKING = frozenset("isinstance type len str repr print id hash bool debug info warning error exception log".split())
CHANGING = frozenset("append extend insert remove pop clear update setdefault add discard popitem sort reverse".split())
# What the forms of events give every instance.
GIVEN = frozenset("dict json copy count index fields schema parse_obj construct keys values items get".split())
PARSING = frozenset({"loads", "load", "decode", "unpackb", "parse_raw"})


@dataclass(slots=True)
class Use:
    """What one function does with an event; `whole` says that it hands the event on to code that was not followed."""

    reads: set[Read] = field(default_factory=set)
    changes: set[tuple[str, Location]] = field(default_factory=set)
    whole: bool = False


class Usage:
    """Follows events through the functions that hold them."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._members: dict[Scope, frozenset[str] | None] = {}

    def of_handler(self, function: Scope, event: Scope | None) -> Use:
        """What a handler does with the event that it is given."""
        names = self._holding(function, event)
        if not names:
            return Use(whole=True)
        use = Use()
        _Walk(self, event, use).function(function, names, 0)
        return use

    def of_publisher(self, function: Scope, event: Scope) -> tuple[Change, ...]:
        """The changes that a function makes to an event that it made itself."""
        names = {
            target.id
            for statement in statements(function.body)
            if isinstance(statement, Assign) and statement.value is not None and statement.operator in ("", "=")
            for target in statement.targets
            if isinstance(target, Name) and self.makes(statement.value, function, event)
        }
        use = Use()
        if names:
            _Walk(self, event, use, own=True).function(function, names, DEPTH)
        return tuple(Change(name, place, function.key, "publisher") for name, place in sorted(use.changes))

    def makes(self, node: Expression, function: Scope, event: Scope) -> bool:
        """Whether `node` is a call that makes the event."""
        if isinstance(node, Await):
            node = node.value
        return isinstance(node, Call) and any(
            isinstance(value, Instance) and value.type is event
            for value in self._evaluator.values(node, Frame(function))
        )

    def _holding(self, function: Scope, event: Scope | None) -> set[str]:
        """The parameter that holds the event: the one annotated with it, or the only one that may."""
        parameters = [item for item in function.arguments() if not item.star]
        open_ones: list[str] = []
        for parameter in parameters:
            fits = self._fits(parameter, function, event)
            if fits:
                return {parameter.name}
            if fits is None:
                open_ones.append(parameter.name)
        return set(open_ones[:1]) if len(open_ones) == 1 or (open_ones and event is None) else set()

    def _fits(self, parameter: Parameter, function: Scope, event: Scope | None) -> bool | None:
        """Whether the annotation says that the parameter is the event; None where it leaves that open."""
        if parameter.annotation is None:
            return None if parameter.default is None else False
        frame = Frame(function.parent or function)
        types = [
            value.type
            for value in hints.instances(self._evaluator, parameter.annotation, frame)
            if isinstance(value, Instance)
        ]
        if event is None:
            return None if any(name in ("builtins.dict", "typing.Dict", "typing.Mapping") for name in types) else False
        line = self._evaluator.classes.line(event)
        return any(isinstance(item, Scope) and item in line for item in types)

    def called(self, call: Call, scope: Scope) -> Scope | None:
        """The function of the program that the call runs."""
        for value in self._evaluator.values(call.func, Frame(scope)):
            if isinstance(value, FunctionObject) and value.scope.kind == "function":
                return value.scope
        return None

    def knows(self, event: Scope | None, name: str) -> bool:
        """Whether instances have the attribute, or it cannot be told."""
        if event is None or name in GIVEN or name.startswith(("_", "model_")):
            return True
        if event not in self._members:
            self._members[event] = self._all_members(event)
        members = self._members[event]
        return members is None or name in members

    def _all_members(self, event: Scope) -> frozenset[str] | None:
        found: set[str] = set()
        if self._evaluator.marked.get(event) or any(_is_unknown(node) for node in event.decorators):
            return None
        for base in self._evaluator.classes.line(event):
            if isinstance(base, str):
                if base not in FORM_BASES and base not in NEUTRAL:
                    return None
                continue
            written = len([item for item in getattr(base.node, "bases", ()) if not item.keyword])
            if "__getattr__" in base.bindings or written > len(self._evaluator.classes.bases(base)):
                return None
            found.update(base.bindings, base.attributes)
        return frozenset(found)


def _is_unknown(decorator: Expression) -> bool:
    name = last_name(decorator.func if isinstance(decorator, Call) else decorator)
    return name not in ("dataclass", "final", "define", "frozen", "attrs", "s", "runtime_checkable", "total_ordering")


class _Walk:
    """Goes through functions with the names by which they know the event; `own` says that they made it themselves."""

    def __init__(self, usage: Usage, event: Scope | None, use: Use, *, own: bool = False) -> None:
        self._usage = usage
        self._event = event
        self._use = use
        self._own = own
        self._seen: set[Scope] = set()

    def function(self, scope: Scope, names: set[str], depth: int) -> None:
        if scope in self._seen:
            return
        self._seen.add(scope)
        known = set(names)
        for statement in statements(scope.body):
            self._statement(scope, statement, known, depth)
        for child in scope.children:
            inner = known - set(child.bindings)
            if inner and child.kind == "function":
                self.function(child, inner, depth)

    def _statement(self, scope: Scope, statement: Statement, names: set[str], depth: int) -> None:
        if isinstance(statement, Assign):
            if self._alias(scope, statement, names, depth):
                return
            for target in statement.targets:
                self._target(scope, target, names)
        elif isinstance(statement, Delete):
            for target in statement.targets:
                self._target(scope, target, names)
            return
        elif isinstance(statement, Match) and _is_held(statement.subject, names):
            self._match(scope, statement)
        for head in heads(statement):
            if not (isinstance(statement, Match) and head is statement.subject):
                self._expression(scope, head, names, depth)

    def _alias(self, scope: Scope, statement: Assign, names: set[str], depth: int) -> bool:
        """`fact = event` gives the event another name, and `event = json.loads(body)` makes it readable."""
        target = statement.targets[0] if len(statement.targets) == 1 else None
        value = statement.value.value if isinstance(statement.value, Await) else statement.value
        if not isinstance(target, Name) or value is None:
            return False
        if _is_held(value, names):
            names.add(target.id)
            return True
        if self._event is None and _is_parsed(value, names):
            names.add(target.id)
            return True
        if target.id in names:
            self._expression(scope, value, names, depth)
            if not self._own or self._event is None or not self._usage.makes(value, scope, self._event):
                self._use.whole = True
                names.discard(target.id)
            return True
        return False

    def _target(self, scope: Scope, target: Expression, names: set[str]) -> None:
        """`event.field = …`, `event.field[key] = …`, `event["key"] = …`, and the same with `del`."""
        place = target
        while isinstance(target, Subscript | Attribute) and not _is_held(target.value, names):
            target = target.value
        if isinstance(target, Attribute | Subscript) and isinstance(place, Attribute | Subscript):
            name = _field_of(target)
            if name:
                self._use.changes.add((name, scope.location(place.span)))

    def _match(self, scope: Scope, statement: Match) -> None:
        for case in statement.cases:
            pattern = case.pattern
            if isinstance(pattern, Call):
                for argument in pattern.args:
                    if argument.keyword:
                        self._read(scope, argument.keyword, pattern, "attribute")
                    else:
                        self._use.whole = True

    def _expression(self, scope: Scope, root: Expression, names: set[str], depth: int) -> None:
        stack: list[Expression] = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, Attribute | Subscript) and _is_held(node.value, names):
                self._access(scope, node)
                if isinstance(node, Subscript):
                    stack.append(node.index)
            elif isinstance(node, Call):
                stack.extend(self._call(scope, node, names, depth))
            elif isinstance(node, Name):
                self._use.whole |= node.id in names
            elif isinstance(node, Format):
                stack.extend(part for part in node.parts if not _is_held(part, names))
            elif isinstance(node, Lambda):
                if not {item.name for item in node.parameters} & names:
                    stack.append(node.body)
            else:
                stack.extend(children(node))

    def _access(self, scope: Scope, node: Attribute | Subscript) -> None:
        name = _field_of(node)
        if not name:
            self._use.whole = True
        elif isinstance(node, Subscript):
            self._read(scope, name, node, "key")
        else:
            self._read(scope, name, node, "attribute")

    def _call(self, scope: Scope, call: Call, names: set[str], depth: int) -> Iterable[Expression]:
        """Read a call, and return the parts that are still to be read."""
        func = call.func
        rest: list[Expression] = []
        if isinstance(func, Attribute) and _is_held(func.value, names):
            self._method(scope, func, call)
        else:
            if isinstance(func, Attribute) and func.attr in CHANGING:
                self._target(scope, func, names) if not _is_held(func.value, names) else None
            rest.append(func)
        looks = last_name(func) in LOOKING
        held = [item for item in call.args if _is_held(item.value, names)]
        rest.extend(item.value for item in call.args if item not in held)
        if last_name(func) in ("setattr", "__setattr__", "delattr") and held and len(call.args) > 1:
            self._set(scope, call)
        elif last_name(func) == "getattr" and held and len(call.args) > 1:
            self._get(scope, call)
        elif held and not looks:
            self._hand_on(scope, call, names, depth)
        return rest

    def _method(self, scope: Scope, func: Attribute, call: Call) -> None:
        if func.attr == "get" and call.args and isinstance(call.args[0].value, Literal):
            self._read(scope, str(call.args[0].value.value), call, "get")
        elif func.attr in GIVEN or func.attr.startswith(("model_", "to_", "as")):
            self._use.whole = True
        else:
            self._read(scope, func.attr, func, "attribute")

    def _set(self, scope: Scope, call: Call) -> None:
        name = call.args[1].value
        if isinstance(name, Literal):
            self._use.changes.add((str(name.value), scope.location(call.span)))

    def _get(self, scope: Scope, call: Call) -> None:
        name = call.args[1].value
        if isinstance(name, Literal):
            self._read(scope, str(name.value), call, "get" if len(call.args) > 2 else "attribute")
        else:
            self._use.whole = True

    def _hand_on(self, scope: Scope, call: Call, names: set[str], depth: int) -> None:
        function = self._usage.called(call, scope) if depth < DEPTH else None
        if function is None or any(argument.star for argument in call.args):
            self._use.whole = True
            return
        given = bind(function, call, Frame(scope))
        taken = {name for name, (node, _) in given.items() if _is_held(node, names)}
        if taken:
            self.function(function, taken, depth + 1)
        else:
            self._use.whole = True

    def _read(self, scope: Scope, name: str, node: Expression, manner: str) -> None:
        known = manner == "get" or self._usage.knows(self._event, name)
        self._use.reads.add(Read(name, scope.location(node.span), manner, known))  # type: ignore[arg-type]


def _is_held(node: Expression, names: set[str]) -> bool:
    return isinstance(node, Name) and node.id in names


def _is_parsed(node: Expression, names: set[str]) -> bool:
    """Whether `node` parses what one of the names holds, as `json.loads(message.body)`."""
    return (
        isinstance(node, Call)
        and last_name(node.func) in PARSING
        and any(_mentions(argument.value, names) for argument in node.args)
    )


def _mentions(root: Expression, names: set[str]) -> bool:
    return any(_is_held(node, names) for node in expressions(root))


def _field_of(node: Attribute | Subscript) -> str:
    if isinstance(node, Attribute):
        return node.attr
    index = node.index
    return index.value if isinstance(index, Literal) and isinstance(index.value, str) else ""
