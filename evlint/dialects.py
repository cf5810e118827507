"""Read dialects: the built-in ones, and those of the configuration."""

from __future__ import annotations

import sys

import msgspec

from evlint.config import Config
from evlint.model.dialect import Dialect
from evlint.pack import builtin

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load_dialects(config: Config) -> tuple[Dialect, ...]:
    """All dialects, by id."""
    found = []
    for path in sorted((builtin() / "dialects").glob("*.toml")):
        with path.open("rb") as file:
            found.append(msgspec.convert(tomllib.load(file), Dialect))
    return tuple(sorted(found, key=lambda dialect: dialect.id))
