"""The words of all dialects, indexed for look-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from evlint.link.arguments import positional
from evlint.link.scopes import Scope
from evlint.link.values import ClassObject, ExternalObject, Frame, FunctionObject, Instance, Text, Value
from evlint.model.dialect import Dialect, Pattern, PatternKind, ReceiverType
from evlint.model.facts import Attribute, Call

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

_RETURNED = re.compile(r"(?P<callee>[\w.]+)\((?:\"(?P<literal>[^\"]*)\")?\)$")


class TypeRef(NamedTuple):
    """A receiver type of a dialect."""

    dialect: Dialect
    key: str

    @property
    def name(self) -> str:
        """How an Instance names this type."""
        return f"{self.dialect.id}:{self.key}"

    @property
    def receiver(self) -> ReceiverType:
        return self.dialect.types[self.key]

    @property
    def is_task(self) -> bool:
        """Whether a class of this type may be sent itself."""
        return self.dialect.dialect.identity == "task"

    @property
    def namespace(self) -> str:
        return self.dialect.types[self.key].namespace or self.dialect.namespace


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One entry of a pattern's `match`: a method of a receiver type, or a dotted name."""

    dialect: Dialect
    pattern: Pattern
    type: TypeRef | None
    name: str

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def namespace(self) -> str:
        return self.type.namespace if self.type is not None else self.dialect.namespace


class Vocabulary:
    """All that the active dialects say, by the names that occur in code."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self.dialects = tuple(dialects)
        self._types: dict[str, list[TypeRef]] = {}
        self._returned: dict[str, list[tuple[str, str | None, TypeRef]]] = {}
        self._rules: dict[PatternKind, dict[str, list[Rule]]] = {}
        self._names: set[str] = set()
        self._decorators: dict[str, list[tuple[TypeRef, str | None, str]]] = {}
        self._by_name: dict[str, TypeRef] = {}
        for dialect in self.dialects:
            self._add_types(dialect)
            self._add_rules(dialect)

    def _add_types(self, dialect: Dialect) -> None:
        for key, receiver in dialect.types.items():
            reference = TypeRef(dialect, key)
            self._by_name[reference.name] = reference
            for name in receiver.names:
                for spelling in (name, *dialect.dialect.equiv.get(name, ())):
                    self._types.setdefault(spelling, []).append(reference)
                    self._names.add(spelling)
            for entry in receiver.returned_by:
                self._add_returned(dialect, entry, reference)
            for entry in receiver.decorated_by:
                owner, _, last = entry.rpartition(".")
                typed = TypeRef(dialect, owner).name if owner in dialect.types else None
                self._decorators.setdefault(last, []).append((reference, typed, entry))

    def _add_returned(self, dialect: Dialect, entry: str, reference: TypeRef) -> None:
        match = _RETURNED.match(entry)
        if match is None:
            return
        callee = match["callee"]
        owner, _, method = callee.rpartition(".")
        if owner in dialect.types:
            callee = f"{dialect.id}:{owner}.{method}"
        else:
            self._names.add(callee)
        self._returned.setdefault(callee, []).append((method, match["literal"], reference))

    def _add_rules(self, dialect: Dialect) -> None:
        for pattern in dialect.in_use:
            for entry in pattern.match:
                owner, _, method = entry.rpartition(".")
                if owner in dialect.types:
                    rules = [Rule(dialect, pattern, TypeRef(dialect, owner), method)]
                else:
                    spellings = (entry, *dialect.dialect.equiv.get(entry, ()))
                    rules = [Rule(dialect, pattern, None, spelling) for spelling in spellings]
                    self._names.update(spellings)
                for rule in rules:
                    self._rules.setdefault(pattern.kind, {}).setdefault(rule.last, []).append(rule)

    def is_known(self, name: str) -> bool:
        """Whether a dialect speaks of the dotted name, so that look-up ends there."""
        return name in self._names

    def canonical(self, name: str) -> str:
        """The name by which the dialects know a class that is imported from further inside its package."""
        if name in self._names:
            return name
        parts = name.split(".")
        known = self._classes.get((parts[0], parts[-1]), ()) if len(parts) > 2 else ()
        if len(known) == 1:
            return known[0]
        on_the_way = [item for item in known if _is_within(item.split("."), parts)]
        return max(on_the_way, key=len, default=name)

    @cached_property
    def _classes(self) -> dict[tuple[str, str], list[str]]:
        """The known classes by package and own name."""
        found: dict[tuple[str, str], set[str]] = {}
        for name in self._names:
            package, last = name.partition(".")[0], name.rpartition(".")[2]
            if last[:1].isupper():
                found.setdefault((package, last), set()).add(name)
        return {key: sorted(names) for key, names in found.items()}

    def rules(self, kind: PatternKind, last: str) -> list[Rule]:
        """The rules of a kind whose name ends in `last`."""
        return self._rules.get(kind, {}).get(last, [])

    def all_rules(self, kind: PatternKind) -> Iterator[Rule]:
        for rules in self._rules.get(kind, {}).values():
            yield from rules

    def verbs(self) -> set[str]:
        """The last names of everything that the dialects match in code."""
        return {last for rules in self._rules.values() for last in rules}

    def types(self, value: Value, evaluator: Evaluator) -> tuple[TypeRef, ...]:
        """The receiver types that `value` has."""
        match value:
            case Instance(type=str() as name):
                return self._named(name)
            case Instance(type=Scope() as scope):
                return self._of_class(scope, evaluator)
            case FunctionObject(scope=scope):
                return tuple(self._decorated(scope, evaluator))
            case ClassObject(scope=scope):
                return tuple(item for item in self._of_class(scope, evaluator) if item.is_task)
            case ExternalObject():
                return (*self._named(value.name), *self.external_type(value.name))
        return ()

    def _named(self, name: str) -> tuple[TypeRef, ...]:
        if ":" in name:
            reference = self._by_name.get(name)
            return (reference,) if reference else ()
        return tuple(self._types.get(name, ()))

    def _of_class(self, scope: Scope, evaluator: Evaluator) -> tuple[TypeRef, ...]:
        found: list[TypeRef] = [*self._types.get(scope.dotted, ()), *self._decorated(scope, evaluator)]
        for base in evaluator.classes.line(scope)[1:]:
            name = base.dotted if isinstance(base, Scope) else base
            if isinstance(base, Scope):
                found.extend(self._decorated(base, evaluator))
            found.extend(
                reference
                for reference in self._types.get(name, ())
                if reference.dialect.types[reference.key].subclasses
            )
        return tuple(found)

    def _decorated(self, scope: Scope, evaluator: Evaluator) -> Iterator[TypeRef]:
        """The types that a class has by its decorators."""
        for node in scope.decorators:
            callee = node.func if isinstance(node, Call) else node
            for reference, owner, name in self._decorators.get(scope.last_name(callee), ()):
                frame = Frame(scope.parent or scope)
                if owner is None:
                    values = evaluator.values(callee, frame)
                    if any(isinstance(value, ExternalObject) and value.name == name for value in values):
                        yield reference
                elif isinstance(callee, Attribute):
                    receivers = evaluator.values(callee.value, frame)
                    if any(item.name == owner for value in receivers for item in self.types(value, evaluator)):
                        yield reference

    def makers(self, reference: TypeRef) -> frozenset[str]:
        """The last names of what makes receivers of a type: its classes, factories and decorators."""
        receiver = reference.dialect.types[reference.key]
        factories = (match["callee"] for entry in receiver.returned_by if (match := _RETURNED.match(entry)))
        return frozenset(name.rpartition(".")[2] for name in (*receiver.names, *factories, *receiver.decorated_by))

    def external_type(self, name: str) -> tuple[TypeRef, ...]:
        """The type of an object that a dialect declares as published outside: its first receiver type."""
        return tuple(
            TypeRef(dialect, next(iter(dialect.types)))
            for dialect in self.dialects
            if dialect.types and any(fnmatchcase(name, pattern) for pattern in dialect.external.objects)
        )

    def is_external_topic(self, dialect: str, topic: str) -> bool:
        """Whether a dialect says that the topic is sent or taken outside every program."""
        patterns = next((item.external.topics for item in self.dialects if item.id == dialect), ())
        return any(fnmatchcase(topic, pattern) for pattern in patterns)

    def attribute(self, instance: Instance, name: str, evaluator: Evaluator) -> tuple[Value, ...]:
        """What a dialect says that the attribute of a typed receiver is."""
        found: list[Value] = []
        for reference in self.types(instance, evaluator):
            key = reference.dialect.types[reference.key].attrs.get(name)
            if key is not None:
                found.append(Instance(TypeRef(reference.dialect, key).name, instance.call, instance.frame))
        return tuple(found)

    def returned(
        self, receiver: Instance | FunctionObject, method: str, call: Call, frame: Frame, evaluator: Evaluator
    ) -> tuple[Value, ...]:
        """What a dialect says that a method of a typed receiver returns: another receiver, or a carrier of roles."""
        found: list[Value] = []
        for reference in self.types(receiver, evaluator):
            found.extend(self._results(f"{reference.name}.{method}", call, frame, evaluator))
            for kind in ("object", "decorator", "call"):
                for rule in self.rules(kind, method):
                    if rule.type is not None and rule.type.name == reference.name and rule.pattern.as_type:
                        made = TypeRef(rule.dialect, rule.pattern.as_type).name
                        found.append(Instance(made, call, frame))
        return tuple(dict.fromkeys(found))

    def made(self, name: str, call: Call, frame: Frame, evaluator: Evaluator) -> tuple[Value, ...]:
        """What a dialect says that calling the dotted name returns."""
        return tuple(self._results(name, call, frame, evaluator))

    def _results(self, callee: str, call: Call, frame: Frame, evaluator: Evaluator) -> Iterator[Value]:
        returned = self._returned.get(callee, ())
        given: set[str] = set()
        if any(literal is not None for _, literal, _ in returned):
            first = positional(call, 0)
            nodes = [first] if first is not None else [argument.value for argument in call.args if argument.keyword]
            values = (value for node in nodes for value in evaluator.values(node, frame))
            given = {value.value for value in values if isinstance(value, Text)}
        for _, literal, reference in returned:
            if literal is None or literal in given:
                yield Instance(reference.name, call, frame)


def _is_within(parts: list[str], others: list[str]) -> bool:
    """Whether `parts` are among `others`, in order: `faststream.rabbit.Router` in `faststream.rabbit.router.Router`."""
    rest = iter(others)
    return all(part in rest for part in parts)
