"""The payload of an event as JSON Schema, as far as its annotations tell."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from evlint.docs.catalogue import Catalogue, EventEntry, FieldEntry, TypeEntry
from evlint.schema.types import ARRAYS, Atom, Union, parse

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MARK = "Written by `evlint docs`. Change the code, not this file."
_PLAIN: Mapping[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "Decimal": {"type": ["number", "string"]},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": ["number", "string"]},
    "UUID": {"type": "string", "format": "uuid"},
    "UUID4": {"type": "string", "format": "uuid"},
    "EmailStr": {"type": "string", "format": "email"},
    "AnyUrl": {"type": "string", "format": "uri"},
    "HttpUrl": {"type": "string", "format": "uri"},
    "dict": {"type": "object"},
    **{name: {"type": "array"} for name in ARRAYS},
}


class Schemas:
    """Makes schemas of a catalogue's events; `place` is where the types that they refer to are kept."""

    def __init__(self, catalogue: Catalogue, place: str = "#/$defs/") -> None:
        self._place = place
        self._types = {entry.id: entry for entry in catalogue.types}
        self._by_name: dict[str, list[TypeEntry]] = {}
        for entry in catalogue.types:
            self._by_name.setdefault(entry.name, []).append(entry)

    def document(self, event: EventEntry) -> Schema:
        """The schema of an event as a document of its own."""
        held: dict[str, TypeEntry] = {}
        body = self.payload(event, held)
        defined = self.types(held)
        head = {"$schema": DIALECT, "$comment": MARK}
        return {**head, **body, **({"$defs": defined} if defined else {})}

    def payload(self, event: EventEntry, held: dict[str, TypeEntry]) -> Schema:
        """The schema of an event; the types that it refers to are added to `held`, by their names there."""
        near = [self._types[name] for name in event.types if name in self._types]
        schema: Schema = {"title": event.name}
        if event.paragraphs:
            schema["description"] = "\n\n".join(event.paragraphs)
        schema.update(self._object(event.fields, near, held))
        for key in event.keys:
            schema["properties"].setdefault(key, {})
        return schema

    def types(self, held: dict[str, TypeEntry]) -> Schema:
        """The schemas of types, and of those that they refer to in turn, which are added to `held`."""
        found: Schema = {}
        while missing := [name for name in held if name not in found]:
            for name in missing:
                entry = held[name]
                near = [other for other in self._types.values() if _package(other) == _package(entry)]
                found[name] = _values(entry) if entry.kind == "enum" else self._object(entry.fields, near, held)
        return {name: found[name] for name in sorted(found)}

    def _object(self, fields: Iterable[FieldEntry], near: list[TypeEntry], held: dict[str, TypeEntry]) -> Schema:
        named = list(fields)
        properties = {field.name: self._field(field, near, held) for field in named}
        required = [field.name for field in named if field.required]
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def _field(self, field: FieldEntry, near: list[TypeEntry], held: dict[str, TypeEntry]) -> Schema:
        schema = self._union(parse(field.type), near, held)
        value = _literal(field.default)
        extra: Schema = {} if value is None else {"default": value}
        if field.description:
            extra["description"] = field.description
        # Beside a reference, older dialects ignore everything.
        return {"allOf": [schema], **extra} if extra and "$ref" in schema else {**schema, **extra}

    def _union(self, union: Union, near: list[TypeEntry], held: dict[str, TypeEntry]) -> Schema:
        schemas = [self._atom(atom, near, held) for atom in union if atom.name != "Literal"]
        values = [_literal(atom.arguments[0][0].name) for atom in union if atom.name == "Literal" and atom.arguments]
        if values:
            schemas.append({"enum": values})
        if {} in schemas or not schemas:
            return {}
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def _atom(self, atom: Atom, near: list[TypeEntry], held: dict[str, TypeEntry]) -> Schema:
        if atom.name in _PLAIN:
            schema = dict(_PLAIN[atom.name])
            inner = [argument for argument in atom.arguments if argument != (Atom("..."),)]
            if schema["type"] == "array" and len(inner) == 1:
                schema["items"] = self._union(inner[0], near, held)
            elif schema["type"] == "object" and len(inner) == 2:
                schema["additionalProperties"] = self._union(inner[1], near, held)
            return schema
        entry = self._known(atom.name, near)
        if entry is None:
            return {}
        return {"$ref": f"{self._place}{_held_as(entry, held)}"}

    def _known(self, name: str, near: list[TypeEntry]) -> TypeEntry | None:
        """The class that an annotation means: one that is near, or the only one of its name."""
        candidates = [entry for entry in near if entry.name == name] or self._by_name.get(name, [])
        found = candidates[0] if len(candidates) == 1 else None
        return found if found is not None and (found.fields or found.values) else None


def _held_as(entry: TypeEntry, held: dict[str, TypeEntry]) -> str:
    name = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in entry.name)
    if held.setdefault(name, entry) is not entry:
        name = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in entry.id)
        held[name] = entry
    return name


def _values(entry: TypeEntry) -> Schema:
    return {
        "title": entry.name,
        "enum": [_literal(value) if _literal(value) is not None else value for value in entry.values],
    }


def _literal(written: str) -> Any:
    """The value of a plain literal; None for anything else."""
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str | int | float | bool) else None


def _package(entry: TypeEntry) -> str:
    return entry.id.rpartition(".")[0]
