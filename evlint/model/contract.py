"""The contract of an event: what consumers may rely on. The schema lock keeps one for each version of each event."""

from __future__ import annotations

from typing import Literal

import msgspec

Compatibility = Literal["backward", "forward", "full", "none"]


class FieldContract(msgspec.Struct, frozen=True):
    """One field as it travels. `alias` is its name there, where that differs; `limits` narrow its values."""

    name: str
    type: str
    required: bool = True
    default: str | None = None
    alias: str = ""
    limits: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The name under which the field travels."""
        return self.alias or self.name


class TypeContract(msgspec.Struct, frozen=True):
    """A class that fields of an event hold: the values of an enumeration, or the fields of a record."""

    name: str
    values: tuple[str, ...] = ()
    fields: tuple[FieldContract, ...] = ()


class Contract(msgspec.Struct, frozen=True):
    """One version of an event. `removed` are fields it once had, whose names must not come back as something else.

    `names` are the topics and type strings by which it travels, `positional` says that the order of fields matters.
    """

    event: str
    version: str
    names: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    fields: tuple[FieldContract, ...] = ()
    types: tuple[TypeContract, ...] = ()
    removed: tuple[FieldContract, ...] = ()
    positional: bool = False

    @property
    def major(self) -> str:
        """The part of the version that a breaking change must raise."""
        return self.version.partition(".")[0]

    def type(self, name: str) -> TypeContract | None:
        """The class of that name, where a field holds it."""
        return next((item for item in self.types if item.name == name), None)


class Lock(msgspec.Struct, frozen=True):
    """All contracts that were promised, sorted. `retired` are events that were removed for good.

    `compatibility` says what is promised: that new code reads old events, that old code reads new ones, or both.
    """

    contracts: tuple[Contract, ...] = ()
    retired: tuple[str, ...] = ()
    compatibility: Compatibility = "full"

    def of(self, event: str) -> tuple[Contract, ...]:
        """The locked versions of an event."""
        return tuple(item for item in self.contracts if item.event == event)
