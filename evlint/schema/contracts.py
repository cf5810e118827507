"""Read the contracts of a program's events."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from evlint.model.contract import Contract, FieldContract, Lock, TypeContract
from evlint.model.program import DataType, EventType, Field, Program, Publication
from evlint.schema.types import names, parse, shown
from evlint.words.paths import is_test

# What narrows a field's values, as pydantic, msgspec and annotated-types call it.
LIMITS = frozenset({"gt", "ge", "lt", "le", "min_length", "max_length", "multiple_of", "pattern", "regex"})
MAKERS = frozenset({"Field", "field", "ib", "attrib"})
ALIASES = ("serialization_alias", "alias", "name", "validation_alias")
FIRST = "1"


def contracts(program: Program) -> Lock:
    """The contracts of all events that the program itself defines, tests left out."""
    types = {item.id: item for item in program.types}
    sent: dict[str, list[Publication]] = {}
    for publication in program.publications:
        sent.setdefault(publication.event, []).append(publication)
    found = [
        contract
        for event in program.events
        if (contract := contract_of(event, sent.get(event.id, ()), types)) is not None
    ]
    return Lock(tuple(sorted(found, key=lambda item: (item.event, item.version))))


def contract_of(event: EventType, sent: Iterable[Publication], types: dict[str, DataType]) -> Contract | None:
    """The contract of one event; None where there is nothing to promise."""
    if event.external or event.location is None or event.has_subclasses or is_test(event.location.path):
        return None
    publications = list(sent)
    owners = tuple(sorted({item.service for item in publications if not is_test(item.location.path)}))
    if event.kind == "class":
        private = event.form == "pydantic"
        fields = tuple(_field(item) for item in event.fields if not (private and item.name.startswith("_")))
        return Contract(
            event=name_of(event),
            version=event.version or FIRST,
            names=tuple(sorted(name for name in event.aliases if "{}" not in name)),
            owners=owners,
            fields=fields,
            types=tuple(sorted(_held(event.fields, types), key=lambda item: item.name)),
            positional=event.form == "namedtuple",
        )
    keys = _keys(publications) if event.kind == "topic" and "{}" not in event.name else ()
    return Contract(event=name_of(event), version=event.version or FIRST, owners=owners, fields=keys) if keys else None


def name_of(event: EventType) -> str:
    """The name of an event in the lock: the dotted name of its class, or its topic with the broker."""
    return event.id.removeprefix("class:")


def _keys(publications: Iterable[Publication]) -> tuple[FieldContract, ...]:
    """The keys of the dicts that are published; required are those that all of them have."""
    payloads = [item.payload for item in publications if item.transport == "broker"]
    if not payloads or any(item is None or item.kind != "mapping" or not item.complete for item in payloads):
        return ()
    sets = [set(item.keys) for item in payloads if item is not None]
    common = set.intersection(*sets)
    return tuple(FieldContract(key, "?", key in common) for key in sorted(set.union(*sets)))


def _held(fields: Iterable[Field], types: dict[str, DataType]) -> Iterator[TypeContract]:
    """The classes that the fields hold, and those in them, under the names by which annotations call them."""
    wanted = [name for field in fields for name in field.types]
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        held = types.get(name)
        if held is None or name in seen:
            continue
        seen.add(name)
        if held.kind == "enum":
            yield TypeContract(held.name, values=tuple(sorted(held.values)))
        elif held.kind == "record":
            yield TypeContract(held.name, fields=tuple(_field(item) for item in held.fields if item.name[0] != "_"))
            wanted.extend(inner for field in held.fields for inner in field.types)


def _field(field: Field) -> FieldContract:
    made = _called(field.default, MAKERS)
    # Where there is no annotation, the type is the call that makes the field.
    annotated = _annotated(field.type) if field.types or not field.type.endswith(")") else _called(field.type)
    limits = {**_limits(annotated), **_limits(made)}
    alias = next((value for key in ALIASES if key in made and (value := _text(made[key]))), "")
    return FieldContract(
        name=field.name,
        type=shown(parse(field.type)),
        required=field.required,
        default=default_of(field),
        alias="" if alias == field.name else alias,
        limits=tuple(sorted(limits.items())),
    )


def default_of(field: Field) -> str | None:
    """The default value as written: in `Field(default=3, alias="x")` it is 3. None where the field is required."""
    if field.required:
        return None
    made = _called(field.default, MAKERS)
    if not made:
        return field.default or "…"
    for key in ("default", "default_factory", "factory", ""):
        if key in made:
            return f"{made[key]}()" if "factory" in key else made[key]
    return "…"


def _called(written: str | None, known: frozenset[str] = frozenset()) -> dict[str, str]:
    """The arguments of a call as written, by keyword, the first positional one under the empty name.

    `known` are the functions that count; any, where there are none.
    """
    try:
        node = ast.parse(written or "", mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return {}
    if not isinstance(node, ast.Call):
        return {}
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return _arguments(node) if not known or name in known else {}


def _arguments(node: ast.Call) -> dict[str, str]:
    found = {item.arg: ast.unparse(item.value) for item in node.keywords if item.arg}
    return {"": ast.unparse(node.args[0]), **found} if node.args else found


def _annotated(written: str) -> dict[str, str]:
    """What `Annotated[int, Field(gt=0), Le(9)]` says besides the type."""
    if "Annotated" not in written:
        return {}
    try:
        tree = ast.parse(written, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = _arguments(node)
            known = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
            found.update({known: given[""]} if known in LIMITS and "" in given else given)
    return found


def _limits(made: dict[str, str]) -> dict[str, str]:
    return {("pattern" if key == "regex" else key): value for key, value in made.items() if key in LIMITS}


def _text(written: str) -> str:
    """The value of a string literal; empty for anything else."""
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return ""
    return value if isinstance(value, str) else ""


def held_names(field: FieldContract) -> set[str]:
    """The names of classes that the type of a field speaks of."""
    return names(parse(field.type))
