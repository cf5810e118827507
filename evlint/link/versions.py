"""Which version of its schema an event states: in its class, its names, or what is sent along with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evlint.link.emissions import Emission, Forwarder
from evlint.link.evaluate import Evaluator
from evlint.link.readings import Emitter
from evlint.link.scopes import Binding, Scope, Site
from evlint.link.values import Frame, Instance, Table, Value
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import (
    Argument,
    Assign,
    Call,
    Class,
    Expression,
    Literal,
    Mapping,
    Name,
    Sequence,
    Subscript,
)
from evlint.words.identifiers import split

# What may stand before `version` in the name of a schema's version; an aggregate's or an app's is another thing.
QUALIFIERS = frozenset(
    "event evt schema message msg payload data contract type format class model envelope x ce".split()
)
EXACT = frozenset({"v", "ver", "dataschema", "schema", "schema_id", "schema_uri", "schema_url", "schema_ref"})
HOLDERS = ("Meta", "Config", "Options")
REGISTRIES = ("schema_registry", "schemaregistry")
_IN_PATH = re.compile(r"(?:^|[._/:@-])[vV](\d+)(?=$|[._/:@-])")
_WORD = re.compile(r"[vV](\d+)")
DEPTH = 4


def is_version_name(name: str) -> bool:
    """Whether a field, key or argument of that name holds the version of a schema."""
    words = [word.lower() for word in split(name)]
    if "_".join(words) in EXACT:
        return True
    return bool(words) and words[-1] == "version" and set(words[:-1]) <= QUALIFIERS


def in_name(name: str) -> str | None:
    """The version in the name of a class or in a topic: `OrderPlacedV2`, `orders/v1/placed`."""
    words = [_WORD.fullmatch(word) for word in split(name)]
    found = next((word for word in reversed(words) if word is not None), None)
    return found[1] if found is not None else None


class Versions:
    """Finds the version of each event; `drained` are the calls that send what was recorded before."""

    def __init__(self, evaluator: Evaluator, drained: Iterable[tuple[Emitter, Site]]) -> None:
        self._evaluator = evaluator
        self._numbered = {item.id for item in evaluator.vocabulary.dialects if item.dialect.versioned}
        self._of_site: dict[tuple[int, int], str | None] = {}
        self._of_class: dict[Scope, str | None] = {}
        self._flushed = next(
            (found for emitter, site in drained if (found := self._sent(emitter, site)) is not None), None
        )

    def of(
        self, scope: Scope | None, names: Iterable[str], emissions: Iterable[Emission], dialects: Iterable[str]
    ) -> str | None:
        """The version of an event: digits, empty where it is stated and not known, None where nothing states it."""
        found = self._in_class(scope) if scope is not None else None
        for name in names if found is None else ():
            match = _IN_PATH.search(name)
            found = match[1] if match is not None else in_name(name) if "." not in name else found
            if found is not None:
                return found
        if found is None:
            found = next((item for item in map(self._of_emission, emissions) if item is not None), None)
        return "" if found is None and not self._numbered.isdisjoint(dialects) else found

    def _of_emission(self, emission: Emission) -> str | None:
        if emission.handlers:
            return None
        topic = emission.identity.topic
        match = _IN_PATH.search(f"{emission.channel or ''} {topic.value if topic is not None else ''}".strip())
        if match is not None:
            return match[1]
        found = self._sent(emission.emitter, emission.site) if emission.emitter is not None else None
        return self._flushed if found is None and emission.manner.buffered else found

    # What a publishing call sends along

    def _sent(self, emitter: Emitter, site: Site) -> str | None:
        key = (id(emitter), id(site.call))
        if key not in self._of_site:
            self._of_site[key] = self._look(emitter, site)
        return self._of_site[key]

    def _look(self, emitter: Emitter, site: Site) -> str | None:
        found = self._in_arguments(site)
        while found is None and isinstance(emitter, Forwarder):
            site, emitter = emitter.site, emitter.inner
            found = _in_body(site.scope.function())
            if found is None:
                found = self._in_arguments(site)
        return found

    def _in_arguments(self, site: Site) -> str | None:
        if any(_is_registry(scope) for scope in (site.scope.module.scope, site.scope.function())):
            return ""
        for argument in site.call.args:
            if is_version_name(argument.keyword):
                return _number(argument.value)
            found = self._in_value(argument.value, Frame(site.scope), 0)
            if found is not None:
                return found
        return None

    def _in_value(self, node: Expression, frame: Frame, depth: int) -> str | None:
        found = _in_expression(node)
        if found is not None or depth > DEPTH:
            return found
        for part in expressions(node):
            if isinstance(part, Name | Call):
                for value in self._evaluator.values(part, frame):
                    found = self._in_envelope(value, depth)
                    if found is not None:
                        return found
        return None

    def _in_envelope(self, value: Value, depth: int) -> str | None:
        if isinstance(value, Table):
            return self._in_value(value.node, value.frame, depth + 1)
        if isinstance(value, Instance) and isinstance(value.type, Scope) and value.call is not None:
            return self._in_class(value.type)
        return None

    # What a class says

    def _in_class(self, scope: Scope) -> str | None:
        if scope not in self._of_class:
            line = [base for base in self._evaluator.classes.line(scope) if isinstance(base, Scope)]
            found = (_stated(base) for base in line)
            self._of_class[scope] = next((item for item in found if item is not None), None)
            if self._of_class[scope] is None:
                self._of_class[scope] = _in_names(line)
        return self._of_class[scope]


def _in_names(line: list[Scope]) -> str | None:
    for scope in line:
        found = in_name(scope.name)
        if found is not None:
            return found
    match = _IN_PATH.search(line[0].module.name.replace("_", "."))
    return match[1] if match is not None else None


def _stated(scope: Scope) -> str | None:
    """The version that the class itself states, without its bases."""
    for name, bindings in (*scope.bindings.items(), *_held(scope)):
        if is_version_name(name):
            return _bound(bindings[-1])
    for name, attributes in scope.attributes.items():
        if is_version_name(name):
            return _bound(attributes[-1][0])
    if isinstance(scope.node, Class):
        decorations = [argument for node in scope.decorators if isinstance(node, Call) for argument in node.args]
        for argument in (*scope.node.bases, *decorations):
            if is_version_name(argument.keyword):
                return _number(argument.value)
    for method in scope.methods():
        found = _in_body(method)
        if found is not None:
            return found
    return None


def _held(scope: Scope) -> Iterator[tuple[str, list[Binding]]]:
    for name in HOLDERS:
        for binding in scope.bindings.get(name, ()):
            if binding.scope is not None:
                yield from binding.scope.bindings.items()


def _bound(binding: Binding) -> str:
    value = binding.value
    if isinstance(value, Call):
        given = [item.value for item in value.args if item.keyword == "default" or not item.keyword]
        value = given[0] if given else None
    if value is None and isinstance(binding.annotation, Subscript) and last_name(binding.annotation.value) == "Literal":
        index = binding.annotation.index
        value = index.items[0] if isinstance(index, Sequence) and index.items else index
    return _number(value)


def _number(node: Expression | None) -> str:
    """The version as it is written, without the `v`; empty where it is computed."""
    if not isinstance(node, Literal) or node.kind not in ("str", "int", "float"):
        return ""
    return re.sub(r"^[vV](?=\d)", "", str(node.value))


def _in_body(scope: Scope) -> str | None:
    """A version that a function adds to what it makes: by key, by argument, or by item assignment."""
    for statement in statements(scope.body):
        if isinstance(statement, Assign):
            for target in statement.targets:
                if isinstance(target, Subscript) and _is_key(target.index):
                    return _number(statement.value)
        for head in heads(statement):
            found = _in_expression(head)
            if found is not None:
                return found
    return None


def _in_expression(root: Expression) -> str | None:
    for node in expressions(root):
        if isinstance(node, Mapping):
            for pair in node.items:
                if pair.key is not None and _is_key(pair.key):
                    return _number(pair.value)
        elif isinstance(node, Call):
            given: Argument | None = next((item for item in node.args if is_version_name(item.keyword)), None)
            if given is not None:
                return _number(given.value)
    return None


def _is_key(node: Expression) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str) and is_version_name(node.value)


def _is_registry(scope: Scope) -> bool:
    """Whether a schema registry is imported, which numbers the schemas that pass through it."""
    return any(
        binding.imported is not None and any(name in binding.imported.module for name in REGISTRIES)
        for bindings in scope.bindings.values()
        for binding in bindings
    )
