"""The lock file: TOML that people can read in a review, and git can merge line by line."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from evlint.model.contract import Compatibility, Contract, FieldContract, Lock, TypeContract
from evlint.model.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_FILE = "events.lock"
FORMAT = 1
HEADER = """\
# The contracts of this program's events, written by `evlint schema lock`.
# Review changes here as you review code: each line is a promise to consumers.
"""
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class _FieldTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    default: str | None = None
    alias: str = ""
    limits: dict[str, str] = {}


_FieldValue = str | _FieldTable


class _TypeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    values: tuple[str, ...] = ()
    fields: dict[str, _FieldValue] = {}


class _VersionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    names: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    positional: bool = False
    fields: dict[str, _FieldValue] = {}
    removed: dict[str, _FieldValue] = {}
    type: dict[str, _TypeTable] = {}


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    compatibility: Compatibility = "full"
    retired: tuple[str, ...] = ()
    event: dict[str, dict[str, _VersionTable]] = {}


def dumps(lock: Lock) -> str:
    """The text of the lock; equal locks have equal texts."""
    blocks = [f'{HEADER}format = {FORMAT}\ncompatibility = "{lock.compatibility}"\n' + _array("retired", lock.retired)]
    for contract in sorted(lock.contracts, key=lambda item: (item.event, version_order(item.version))):
        blocks.extend(_contract(contract))
    return "\n".join(blocks)


def loads(text: str, place: str) -> Lock:
    """Read a lock; `place` is what messages call it."""
    try:
        data = tomllib.loads(text)
        document = msgspec.convert(data, _Document)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place}: no valid TOML: {error}", _conflict(text)) from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{place}: no lock of events: {error}") from error
    if document.format != FORMAT:
        raise UsageError(f"{place}: format {document.format} is unknown", "it was written by a newer evlint")
    found = [
        _read(event, version, table)
        for event, versions in document.event.items()
        for version, table in versions.items()
    ]
    ordered = sorted(found, key=lambda item: (item.event, version_order(item.version)))
    return Lock(tuple(ordered), tuple(sorted(document.retired)), document.compatibility)


def version_order(version: str) -> tuple[tuple[int, int | str], ...]:
    """Sort versions as numbers where they are some: 2 before 10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"[.\-_]", version))


def _conflict(text: str) -> str:
    return "resolve the merge conflict: keep the lines of both sides" if "\n<<<<<<< " in f"\n{text}" else ""


def _contract(contract: Contract) -> Iterator[str]:
    path = ("event", contract.event, contract.version)
    head = _array("names", contract.names) + _array("owners", contract.owners)
    if contract.positional:
        head += "positional = true\n"
    yield _table(path, head)
    if contract.fields:
        yield _table((*path, "fields"), _fields(contract.fields))
    if contract.removed:
        yield _table((*path, "removed"), _fields(sorted(contract.removed, key=lambda field: field.name)))
    for held in sorted(contract.types, key=lambda item: item.name):
        inner = (*path, "type", held.name)
        if held.fields:
            yield _table((*inner, "fields"), _fields(held.fields))
        else:
            yield _table(inner, _array("values", held.values))


def _table(path: Iterable[str], body: str) -> str:
    return f"[{'.'.join(_key(part) for part in path)}]\n{body}"


def _array(name: str, values: Iterable[str]) -> str:
    """One value a line, so that two branches that add one each can be merged."""
    lines = "".join(f"    {_string(value)},\n" for value in values)
    return f"{name} = [\n{lines}]\n" if lines else ""


def _fields(fields: Iterable[FieldContract]) -> str:
    return "".join(f"{_key(field.name)} = {_field(field)}\n" for field in fields)


def _field(field: FieldContract) -> str:
    parts = {"default": None if field.required else field.default or "…", "alias": field.alias or None}
    given = [f"{name} = {_string(value)}" for name, value in parts.items() if value is not None]
    if field.limits:
        limits = ", ".join(f"{_key(name)} = {_string(value)}" for name, value in field.limits)
        given.append(f"limits = {{ {limits} }}")
    written = _string(field.type)
    return f"{{ type = {', '.join([written, *given])} }}" if given else written


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    """A string of TOML, in which what would deceive whoever reads it in a review stands escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_shown, quoted))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    # Half a character is none in TOML.
    return "\ufffd" if "\ud800" <= character <= "\udfff" else f"\\U{ord(character):08x}"


def _read(event: str, version: str, table: _VersionTable) -> Contract:
    return Contract(
        event=event,
        version=version,
        names=tuple(sorted(table.names)),
        owners=tuple(sorted(table.owners)),
        fields=_read_fields(table.fields),
        types=tuple(
            TypeContract(name, tuple(sorted(held.values)), _read_fields(held.fields))
            for name, held in sorted(table.type.items())
        ),
        removed=_read_fields(table.removed),
        positional=table.positional,
    )


def _read_fields(table: Mapping[str, Any]) -> tuple[FieldContract, ...]:
    return tuple(
        FieldContract(name, value)
        if isinstance(value, str)
        else FieldContract(
            name, value.type, value.default is None, value.default, value.alias, tuple(sorted(value.limits.items()))
        )
        for name, value in table.items()
    )
