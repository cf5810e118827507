"""What a project declares of its flow: who may publish or consume what, and how events are named.

A pattern of a service is a glob of its dotted name and covers what is below it; one of an event is a glob of any of
its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated

import msgspec

from evlint.model.source import Location


def _said(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


Name = Annotated[str, msgspec.Meta(min_length=1), _said("What messages call the contract.")]
Events = Annotated[tuple[str, ...], _said("Globs of the names of the events that it is about.")]
Services = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class PublishersContract(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="publishers"
):
    """Only these services publish these events."""

    name: Name
    events: Events
    services: Annotated[Services, _said("The services that may publish them, and no others.")]


class ConsumersContract(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="consumers"
):
    """Only these services handle these events."""

    name: Name
    events: Events
    services: Annotated[Services, _said("The services that may handle them, and no others.")]


class LayersContract(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="layers"
):
    """A service handles events of its own layer and of those below it, never of one above."""

    name: Name
    layers: Annotated[
        tuple[str, ...], msgspec.Meta(min_length=2), _said("From the top; services of one layer are parted by |.")
    ]
    events: Events = ("*",)

    def layer_of(self, service: str) -> int | None:
        """The number of the layer that the service belongs to, from the top; None where it is in none."""
        found = (number for number, layer in enumerate(self.layers) if covers(patterns_of(layer), service))
        return next(found, None)


class NamingContract(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="naming"
):
    """The events of these services are named like this."""

    name: Name
    pattern: Annotated[str, _said("The regular expression that a name must match as a whole.")]
    services: Annotated[tuple[str, ...], _said("The services whose events are meant.")] = ("*",)
    events: Events = ("*",)


class ForbiddenContract(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="forbidden"
):
    """What these services publish, those do not handle."""

    name: Name
    senders: Annotated[Services, _said("The services that publish.")] = msgspec.field(name="from")
    takers: Annotated[Services, _said("The services that must not handle it.")] = msgspec.field(name="to")
    events: Events = ("*",)


FlowContract = PublishersContract | ConsumersContract | LayersContract | NamingContract | ForbiddenContract


class Declared(msgspec.Struct, frozen=True):
    """A contract, and where it is declared; `location` is None in a run that sees only a part of the program."""

    contract: FlowContract
    location: Location | None = None


def patterns_of(layer: str) -> tuple[str, ...]:
    """The patterns of services that make up a layer."""
    return tuple(part.strip() for part in layer.split("|"))


def covers(patterns: Iterable[str], service: str) -> bool:
    """Whether one of the patterns is of the service, or of one that it is part of."""
    return any(fnmatchcase(service, pattern) or fnmatchcase(service, f"{pattern}.*") for pattern in patterns)


def is_of(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of the patterns is of an event that goes by `names`."""
    known = tuple(names)
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in known)


def services_in(contract: FlowContract) -> tuple[str, ...]:
    """All patterns of services that the contract names."""
    if isinstance(contract, LayersContract):
        return tuple(pattern for layer in contract.layers for pattern in patterns_of(layer))
    if isinstance(contract, ForbiddenContract):
        return (*contract.senders, *contract.takers)
    return contract.services


def fault(contract: FlowContract) -> str:
    """What is wrong with the contract in itself; empty where nothing is."""
    if isinstance(contract, NamingContract):
        try:
            re.compile(contract.pattern)
        except re.error as error:
            return f"`pattern` is no regular expression: {error}"
    return ""
