"""Events as the outline of a file, and as names that a whole program is searched for."""

from __future__ import annotations

from lsprotocol import types

from evlint.report.escape import visible
from evlint.server.index import Index, Role
from evlint.server.texts import Texts

VERBS: dict[Role, str] = {
    "event": "event",
    "publication": "publishes",
    "subscription": "subscribes to",
    "handler": "handles",
}
MOST = 500


def outline(index: Index, path: str, texts: Texts) -> list[types.DocumentSymbol]:
    """What the file has to do with events, in order."""
    return [
        types.DocumentSymbol(
            name=f"{VERBS[item.role]} {visible(item.label)}",
            kind=types.SymbolKind.Event,
            range=texts.range(path, item.location.span),
            selection_range=texts.head(path, item.location.span)
            if item.is_head
            else texts.range(path, item.location.span),
            detail=visible(item.location.symbol),
        )
        for item in index.in_file(path)
    ]


def search(index: Index, query: str, texts: Texts) -> list[types.WorkspaceSymbol]:
    """The events whose names hold the letters of the query."""
    return [
        types.WorkspaceSymbol(
            name=visible(event.name),
            kind=types.SymbolKind.Event,
            location=texts.location(place),
            container_name=visible(event.id),
        )
        for event, place in list(index.matching(query))[:MOST]
    ]
