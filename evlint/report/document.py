"""What the JSON documents have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import msgspec

from evlint.model.program import SkippedFile

# What a foreign format's document is made of.
Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


class Skipped(msgspec.Struct, frozen=True):
    """A file that could not be analysed."""

    path: str
    reason: str


class Files(msgspec.Struct, frozen=True):
    """How many files were read, and which were not."""

    analysed: int
    skipped: tuple[Skipped, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document for programs to read; its keys are a promise to users.

    `schema` names the shape, and changes when a key goes or changes its meaning; `version` is that of evlint.
    """

    schema: str
    version: str


def encode(document: msgspec.Struct) -> str:
    """Encode a document; all but ASCII is escaped, so that it is safe on any terminal and in any encoding."""
    return dumps(msgspec.to_builtins(document))


def dumps(value: Value) -> str:
    """Write JSON that a build server, which may be shown it, takes for no command either."""
    return json.dumps(value, indent=2).replace("##", "#\\u0023") + "\n"


def files(analysed: int, skipped: Sequence[SkippedFile]) -> Files:
    """State how many files were read, and which were not."""
    return Files(analysed, tuple(Skipped(file.path, file.reason) for file in skipped))
