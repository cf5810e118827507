"""Read dialects: the built-in ones, and those that a configuration names or holds."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from evlint.model.dialect import Dialect
from evlint.model.errors import UsageError
from evlint.model.roles import parse
from evlint.pack import packs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`(?: - at `\$?(?P<path>[^`]*)`)?")
_ROLES = frozenset(
    "event topic payload fields key headers corr handler sender reply options queue exchange group identity dedupe prefix".split()
)


def load_dialects(
    files: Iterable[Path] = (),
    tables: Iterable[Mapping[str, Any]] = (),
    buses: Iterable[Dialect] = (),
    *,
    without: Sequence[str] = (),
    switched_on: Sequence[str] = (),
) -> tuple[Dialect, ...]:
    """All dialects, by id: the built-in ones, those of installed packs, those in `files`, those given as `tables`, and declared `buses`.

    A dialect with the id of a built-in one replaces it; `without` names those that are left out,
    `switched_on` those that count although they are off by default. Raises UsageError,
    naming the file and the place in it, for anything that is not understood.
    """
    files_of_packs = [file for pack in packs() for file in sorted((pack / "dialects").glob("*.toml"))]
    found = {dialect.id: dialect for dialect in _from_files(files_of_packs)}
    own = [*_from_files(files), *(_convert(table, f"dialect {number}") for number, table in enumerate(tables, 1))]
    for dialect in own:
        found[dialect.id] = dialect
    for bus in buses:
        if bus.id in found:
            raise UsageError(f"`bus.{bus.id}`: a dialect is called so already", "choose another name")
        found[bus.id] = bus
    for name in (*without, *switched_on):
        find(found.values(), name)
    for name in switched_on:
        header = msgspec.structs.replace(found[name].dialect, scope="on")
        found[name] = msgspec.structs.replace(found[name], dialect=header)
    return tuple(found[name] for name in sorted(found) if name not in without)


def find(dialects: Iterable[Dialect], name: str) -> Dialect:
    """The dialect of that id; raises UsageError with the nearest one where there is none."""
    found = {dialect.id: dialect for dialect in dialects}
    if name not in found:
        raise UsageError(f"no dialect is called `{name}`", _near(name, found))
    return found[name]


def _from_files(paths: Iterable[Path]) -> Iterable[Dialect]:
    for path in paths:
        try:
            with path.open("rb") as file:
                table = tomllib.load(file)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}", "check the path under `dialects`") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path}: {error}", "mend the TOML there") from error
        yield _convert(table, str(path))


def _convert(table: Mapping[str, Any], name: str) -> Dialect:
    try:
        dialect = msgspec.convert(table, Dialect)
    except msgspec.ValidationError as error:
        unknown = _UNKNOWN.search(str(error))
        if unknown is None:
            raise UsageError(f"{name}: {error}", "see CONTRIBUTING.md for the keys of a dialect") from error
        place = (unknown["path"] or "").lstrip(".") or "the top"
        hint = _near(unknown["name"], _KEYS) or "take it out"
        raise UsageError(f"{name}: unknown key `{unknown['name']}` at {place}", hint) from error
    _check(dialect, name)
    return dialect


def _check(dialect: Dialect, name: str) -> None:
    for number, pattern in enumerate(dialect.rule, 1):
        place = f"{name}: rule {number}"
        for entry in pattern.match:
            owner, dot, _ = entry.rpartition(".")
            if not dot:
                raise UsageError(
                    f"{place}: `{entry}` is neither `<type>.<method>` nor a dotted name", "write one of them"
                )
            if owner not in dialect.types and "." not in owner and owner not in _packages(dialect):
                raise UsageError(f"{place}: no type is called `{owner}`", _near(owner, dialect.types))
        for role, text in pattern.roles.items():
            if role not in _ROLES:
                raise UsageError(f"{place}: unknown role `{role}`", _near(role, _ROLES))
            try:
                parse(text)
            except ValueError as error:
                raise UsageError(f"{place}: role `{role}`: {error}") from error


def _packages(dialect: Dialect) -> set[str]:
    """The names of modules that a dotted name of the dialect may start with."""
    return {word.rpartition(" ")[2].split(".")[0] for word in dialect.dialect.detect.imports}


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"did you mean `{near[0]}`?" if near else ""


_KEYS = (
    "schema dialect types rule external id title detect identity transport namespace grammar subclass_delivery scope equiv"
    " names returned_by attrs subclasses decorated_by receiver_names carry variables kind match act methods roles awaited modifier as_type"
    " bare regions example expect events publishes subscribes unresolved objects topics imports"
).split()
