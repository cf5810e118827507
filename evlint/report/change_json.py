"""What a change does to the flow, for programs: the document `evlint.graph-diff/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.flow_change import FlowChange, LooseEnd, Part
from evlint.report.context import Context
from evlint.report.document import Document, encode
from evlint.report.schema_json import ChangeRecord, change_record


class Sides(msgspec.Struct, frozen=True):
    """Ends of events that came, and those that went."""

    added: tuple[Part, ...]
    removed: tuple[Part, ...]


class Names(msgspec.Struct, frozen=True):
    """Events that came, and those that went."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


class GraphDiffDocument(Document, frozen=True, kw_only=True):
    """What `evlint graph --diff REV --format json` prints."""

    schema: Literal["evlint.graph-diff/1"]
    events: Names
    publishers: Sides
    handlers: Sides
    contracts: tuple[ChangeRecord, ...]
    cycles: tuple[tuple[str, ...], ...]
    loose: tuple[LooseEnd, ...]
    tied: tuple[str, ...]


def render(change: FlowChange, context: Context) -> str:
    """Render the document; its keys are a promise to users."""
    return encode(
        GraphDiffDocument(
            schema="evlint.graph-diff/1",
            version=context.version,
            events=Names(change.events_added, change.events_removed),
            publishers=Sides(change.publishers_added, change.publishers_removed),
            handlers=Sides(change.handlers_added, change.handlers_removed),
            contracts=tuple(map(change_record, change.contracts)),
            cycles=change.cycles,
            loose=change.loose,
            tied=change.tied,
        )
    )
