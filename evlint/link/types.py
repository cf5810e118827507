"""The classes of the program that events hold: enumerations, records, tables, entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evlint.link import definitions, hints
from evlint.link.evaluate import Evaluator
from evlint.link.identities import TABLE_BASES
from evlint.link.names import lookup
from evlint.link.scopes import Scope
from evlint.link.sites import Sites
from evlint.link.values import ClassObject, Frame
from evlint.link.walk import expressions, last_name
from evlint.model.facts import Attribute, Call, Class, Expression, Function, Literal, Mapping, Name
from evlint.model.program import DataType, TypeKind
from evlint.words.identifiers import split

DOCUMENTS = ("beanie.", "odmantic.", "pony.", "neomodel.", "pynamodb.")
ENTITY_WORDS = frozenset({"entity", "aggregate"})
MAPPERS = ("map_imperatively", "mapper")
PARSING = frozenset({"loads", "load", "unpackb", "decode", "json"})
CLOSING = {"forbid": True, "ignore": False, "allow": False}


class Types:
    """Tells what kind of class one is, and collects those that events hold."""

    def __init__(self, sites: Sites, recording: Iterable[Scope]) -> None:
        self._evaluator = sites.evaluator
        self._recording = set(recording)
        self._mapped = {
            value.scope
            for name in MAPPERS
            for site in sites.calls(name)
            for argument in site.call.args[:1]
            for value in self._evaluator.values(argument.value, Frame(site.scope))
            if isinstance(value, ClassObject)
        }

    def kind(self, scope: Scope) -> TypeKind:
        """What kind of thing instances of the class are."""
        classes = self._evaluator.classes
        if classes.is_enum(scope):
            return "enum"
        if self._is_table(scope):
            return "table"
        decorators = definitions.decorator_names(self._evaluator, scope)
        names = [*classes.names(scope), *decorators]
        if scope in self._recording or any(_is_entity(name) for name in names):
            return "entity"
        return "record"

    def _is_table(self, scope: Scope) -> bool:
        line = self._evaluator.classes.line(scope)
        for base in line:
            if isinstance(base, Scope):
                if base in self._mapped or "__tablename__" in base.bindings or "__table__" in base.bindings:
                    return True
            elif base.startswith("sqlmodel."):
                if any(_is_set(item, "table") for item in line if isinstance(item, Scope)):
                    return True
            elif base.startswith((*TABLE_BASES, *DOCUMENTS)):
                return True
        return False

    def held_by(self, events: Iterable[Scope]) -> tuple[DataType, ...]:
        """The classes that the fields of `events` name, and those that their fields name, and so on."""
        found: dict[str, DataType] = {}
        own = set(events)
        wanted = sorted(own, key=lambda scope: scope.dotted)
        while wanted:
            scope = wanted.pop()
            for held in self.named_in(scope):
                if held.dotted not in found:
                    found[held.dotted] = self.of(held)
                    if found[held.dotted].kind == "record":
                        wanted.append(held)
        return tuple(found[name] for name in sorted(found))

    def of(self, scope: Scope) -> DataType:
        kind = self.kind(scope)
        return DataType(
            id=scope.dotted,
            name=scope.name,
            kind=kind,
            location=scope.location(scope.span),
            fields=definitions.fields(self._evaluator, scope) if kind == "record" else (),
            values=_members(scope) if kind == "enum" else (),
            strict=is_strict(self._evaluator, scope),
        )

    def named_in(self, scope: Scope) -> Iterator[Scope]:
        """The classes that the annotations of a class's fields name."""
        for base in self._evaluator.classes.line(scope):
            if isinstance(base, Scope):
                for annotation in _annotations(base):
                    yield from self._classes(annotation, Frame(base))

    def _classes(self, annotation: Expression, frame: Frame) -> Iterator[Scope]:
        for node in expressions(annotation):
            if isinstance(node, Literal) and isinstance(node.value, str):
                parsed = hints.parse(node.value)
                if parsed is not None:
                    yield from self._classes(parsed, frame)
            elif isinstance(node, Name | Attribute):
                for value in self._evaluator.values(node, frame):
                    if isinstance(value, ClassObject):
                        yield value.scope


def _is_entity(name: str) -> bool:
    words = [word.lower() for word in split(name.rpartition(".")[2])]
    while len(words) > 1 and words[-1] in ("root", "base", "mixin"):
        words.pop()
    return bool(words) and words[-1] in ENTITY_WORDS


def _annotations(scope: Scope) -> Iterator[Expression]:
    for name, bindings in scope.bindings.items():
        annotation = bindings[-1].annotation
        if annotation is not None and not name.startswith("__") and bindings[-1].kind == "value":
            yield annotation
    init = scope.method("__init__")
    if init is not None and isinstance(init.node, Function):
        yield from (item.annotation for item in init.arguments() if item.annotation is not None)


def _is_set(scope: Scope, name: str) -> bool:
    return isinstance(scope.node, Class) and any(
        base.keyword == name and isinstance(base.value, Literal) and base.value.value is True
        for base in scope.node.bases
    )


def _members(scope: Scope) -> tuple[str, ...]:
    """The values of an enumeration as written, or the names of its members where they are computed."""
    found: list[str] = []
    for name, bindings in scope.bindings.items():
        value = bindings[-1].value
        if bindings[-1].kind != "value" or value is None or name.startswith("_"):
            continue
        known = isinstance(value, Literal) and value.kind in ("str", "int", "bool", "float")
        found.append(definitions.written(value) if known else name)
    return tuple(found)


def is_strict(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether reading an instance from data refuses fields that the class does not know; the nearest base decides."""
    for base in evaluator.classes.line(scope):
        if isinstance(base, Scope):
            found = _stated_strictness(base)
            if found is not None:
                return found
    return False


def is_unpacked(sites: Sites, scope: Scope) -> bool:
    """Whether code that reads deliveries makes instances of what it was sent: `OrderPlaced(**json.loads(body))`.

    A class whose constructor takes just its fields then fails on any other.
    """
    return any(
        site.scope.named().function().kind == "function" and _is_parsed(sites.evaluator, argument.value, site.scope)
        for site in sites.calls(scope.name)
        for argument in site.call.args
        if argument.star == "**"
        and any(
            isinstance(value, ClassObject) and value.scope is scope
            for value in sites.evaluator.values(site.call.func, Frame(site.scope))
        )
    )


def _is_parsed(evaluator: Evaluator, node: Expression, scope: Scope) -> bool:
    """Whether `node` is, or is a variable of, what was parsed from a text."""
    bindings: list[Expression] = [node]
    if isinstance(node, Name):
        _, found = lookup(evaluator, scope, node.id)
        bindings = [binding.value for binding in found if binding.kind == "value" and binding.value is not None]
    return any(
        isinstance(part, Call) and last_name(part.func) in PARSING for made in bindings for part in expressions(made)
    )


def _stated_strictness(scope: Scope) -> bool | None:
    if isinstance(scope.node, Class):
        for base in scope.node.bases:
            if base.keyword == "forbid_unknown_fields" and isinstance(base.value, Literal):
                return base.value.value is True
            if base.keyword == "extra":
                return CLOSING.get(_extra(base.value))
    for binding in scope.bindings.get("model_config", ()):
        for key, value in _pairs(binding.value):
            if key == "extra":
                return CLOSING.get(_extra(value))
    for binding in scope.bindings.get("Config", ()):
        for inner in binding.scope.bindings.get("extra", ()) if binding.scope is not None else ():
            if inner.value is not None:
                return CLOSING.get(_extra(inner.value))
    return None


def _pairs(node: Expression | None) -> Iterator[tuple[str, Expression]]:
    if isinstance(node, Call):
        yield from ((item.keyword, item.value) for item in node.args)
    elif isinstance(node, Mapping):
        for pair in node.items:
            if isinstance(pair.key, Literal):
                yield str(pair.key.value), pair.value


def _extra(node: Expression) -> str:
    """`"forbid"` or `Extra.forbid`."""
    return str(node.value) if isinstance(node, Literal) else last_name(node)
