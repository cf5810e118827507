"""What the JSON documents have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from evlint.model.program import SkippedFile

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def document(schema: str, version: str, body: Mapping[str, Value]) -> str:
    """Encode a document; all but ASCII is escaped, so that it is safe on any terminal and in any encoding."""
    return json.dumps({"schema": schema, "version": version, **body}, indent=2) + "\n"


def files(analysed: int, skipped: Sequence[SkippedFile]) -> dict[str, Value]:
    """State how many files were read, and which were not."""
    return {"analysed": analysed, "skipped": [{"path": file.path, "reason": file.reason} for file in skipped]}
