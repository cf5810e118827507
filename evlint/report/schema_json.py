"""What changed in the contracts of events, for programs: the document `evlint.schema-diff/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.report.document import Document, encode
from evlint.schema.compare import Verdict
from evlint.schema.judge import Judgement, Standing


class HandlerRecord(msgspec.Struct, frozen=True):
    """A handler that a change breaks, and why."""

    handler: str
    path: str
    line: int
    why: str


class ChangeRecord(msgspec.Struct, frozen=True):
    """A change of one event against a version of it."""

    event: str
    version: str
    against: str
    field: str
    kind: str
    message: str
    backward: Verdict
    forward: Verdict
    breaking: bool
    handlers: tuple[HandlerRecord, ...]


class RenamedRecord(msgspec.Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """An event that goes by another name."""

    old: str
    new: str


class AddedRecord(msgspec.Struct, frozen=True):
    """An event, or a version of one, that was not there before."""

    event: str
    version: str


class SchemaDiffDocument(Document, frozen=True, kw_only=True):
    """What `evlint schema diff --format json` prints."""

    schema: Literal["evlint.schema-diff/1"]
    breaking: bool
    changes: tuple[ChangeRecord, ...]
    renamed: tuple[RenamedRecord, ...]
    removed: tuple[str, ...]
    added: tuple[AddedRecord, ...]


def render(standing: Standing, version: str) -> str:
    """Render the document; its keys are a promise to users."""
    return encode(
        SchemaDiffDocument(
            schema="evlint.schema-diff/1",
            version=version,
            breaking=standing.is_broken,
            changes=tuple(change_record(judgement) for judgement in standing.judgements),
            renamed=tuple(RenamedRecord(old, new) for old, new in standing.moved),
            removed=tuple(contract.event for contract in standing.gone),
            added=tuple(AddedRecord(item.event, item.version) for item in (*standing.unknown, *standing.raised)),
        )
    )


def change_record(judgement: Judgement) -> ChangeRecord:
    """The record of one change."""
    change = judgement.change
    return ChangeRecord(
        event=judgement.event,
        version=judgement.version,
        against=judgement.against,
        field=change.field,
        kind=change.kind,
        message=change.text,
        backward=change.backward,
        forward=change.forward,
        breaking=judgement.breaking,
        handlers=tuple(
            HandlerRecord(hit.handler, hit.location.path, hit.location.line, hit.why) for hit in judgement.hits
        ),
    )
