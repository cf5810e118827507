"""What changed in the contracts of events, for programs: the document `evlint.schema-diff/1`."""

from __future__ import annotations

from evlint.report.document import Value, document
from evlint.schema.judge import Judgement, Standing


def render(standing: Standing, version: str) -> str:
    """Render the document; its keys are a promise to users."""
    return document(
        "evlint.schema-diff/1",
        version,
        {
            "breaking": standing.is_broken,
            "changes": [_change(judgement) for judgement in standing.judgements],
            "renamed": [{"from": old, "to": new} for old, new in standing.moved],
            "removed": [contract.event for contract in standing.gone],
            "added": [{"event": item.event, "version": item.version} for item in (*standing.unknown, *standing.raised)],
        },
    )


def _change(judgement: Judgement) -> dict[str, Value]:
    change = judgement.change
    return {
        "event": judgement.event,
        "version": judgement.version,
        "against": judgement.against,
        "field": change.field,
        "kind": change.kind,
        "message": change.text,
        "backward": change.backward,
        "forward": change.forward,
        "breaking": judgement.breaking,
        "handlers": [
            {"handler": hit.handler, "path": hit.location.path, "line": hit.location.line, "why": hit.why}
            for hit in judgement.hits
        ],
    }
