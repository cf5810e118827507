"""What the documentation says, whatever form it takes: events, services, and what is known of each."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.docs.docstrings import first_sentence, paragraphs
from evlint.loose_ends import End
from evlint.model.finding import Severity
from evlint.model.program import Confidence, EventKind, Transport, TypeKind


class Place(msgspec.Struct, frozen=True, order=True):
    """A line of the code: `path` from the working directory, `line` from 1."""

    path: str
    line: int


class FieldEntry(msgspec.Struct, frozen=True):
    """A field of an event. `type` and `default` are as written, `description` is on one line.

    `note` says what to mind: a secret, personal data, or what traces an action.
    """

    name: str
    type: str
    required: bool
    default: str = ""
    description: str = ""
    note: str = ""


class TypeEntry(msgspec.Struct, frozen=True):
    """A class of the program that fields hold, by its dotted name `id`."""

    id: str
    name: str
    kind: TypeKind
    fields: tuple[FieldEntry, ...] = ()
    values: tuple[str, ...] = ()


class PublisherEntry(msgspec.Struct, frozen=True):
    """A place that publishes an event: `function` is its scope, `call` the callee as written.

    `commit` says how the publication stands to the database transaction; empty where there is none to speak of.
    """

    service: str
    function: str
    place: Place
    call: str
    transport: Transport
    confidence: Confidence
    channel: str = ""
    commit: str = ""


class OnwardEntry(msgspec.Struct, frozen=True, order=True):
    """An event that follows, by its id, and the function that publishes it: the handler, or one that it runs."""

    event: str
    service: str
    function: str


class HandlerEntry(msgspec.Struct, frozen=True):
    """A function that handles an event, at its own definition `place`; `registered` is where it subscribes.

    `guards` is the evidence that a repeated delivery is harmless, `reads` are the fields that it uses, `onward` is
    what it publishes in turn.
    """

    service: str
    function: str
    place: Place
    registered: Place
    transport: Transport
    confidence: Confidence
    guards: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    onward: tuple[OnwardEntry, ...] = ()
    pattern: str = ""

    @property
    def publishes(self) -> tuple[str, ...]:
        """The ids of the events that it publishes in turn."""
        return tuple(dict.fromkeys(item.event for item in self.onward))


class VersionEntry(msgspec.Struct, frozen=True):
    """A version of an event's contract that was promised, and what it changed from the one before."""

    version: str
    changes: tuple[str, ...] = ()


class FindingEntry(msgspec.Struct, frozen=True):
    """What evlint found; `event` is the id of the event that it speaks of, or empty."""

    code: str
    name: str
    severity: Severity
    message: str
    place: Place
    event: str = ""


class EventEntry(msgspec.Struct, frozen=True):
    """One event. `slug` is its name in file names and links.

    `place` is None where it is defined outside the program; `version` is None where nothing states one; `lacks` says
    which end is missing. `owners` are the services that publish it, `traces` the names that let an action be followed.
    """

    id: str
    slug: str
    name: str
    kind: EventKind
    place: Place | None
    docstring: str
    aliases: tuple[str, ...]
    transports: tuple[Transport, ...]
    version: str | None
    is_command: bool
    is_external: bool
    is_frozen: bool | None
    owners: tuple[str, ...]
    fields: tuple[FieldEntry, ...]
    keys: tuple[str, ...]
    types: tuple[str, ...]
    publishers: tuple[PublisherEntry, ...]
    handlers: tuple[HandlerEntry, ...]
    history: tuple[VersionEntry, ...]
    traces: tuple[str, ...]
    lacks: End

    @property
    def ends(self) -> tuple[PublisherEntry | HandlerEntry, ...]:
        """Its publishers and its handlers."""
        return (*self.publishers, *self.handlers)

    @property
    def statement(self) -> str:
        """The first sentence of its docstring, or nothing."""
        return first_sentence(self.docstring)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What its docstring says in prose."""
        return paragraphs(self.docstring)

    @property
    def follows(self) -> tuple[str, ...]:
        """The ids of the events that its handlers publish."""
        return tuple(sorted({event for handler in self.handlers for event in handler.publishes}))


class ServiceEntry(msgspec.Struct, frozen=True):
    """A deployable unit: the ids of the events that it publishes and handles, and the services around it.

    `label` is the part of its name that tells it from the others.
    """

    id: str
    label: str
    slug: str
    path: str
    publishes: tuple[str, ...]
    handles: tuple[str, ...]
    upstream: tuple[str, ...]
    downstream: tuple[str, ...]


class GapEntry(msgspec.Struct, frozen=True):
    """A publication or subscription whose event could not be named."""

    role: Literal["publication", "subscription"]
    reason: str
    place: Place


class Catalogue(msgspec.Struct, frozen=True):
    """All that the documentation says; every tuple is sorted."""

    events: tuple[EventEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    types: tuple[TypeEntry, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    unresolved: tuple[GapEntry, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """What services are called, by id."""
        return {service.id: service.label for service in self.services}
