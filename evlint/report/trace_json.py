"""In what the flow that was observed and the one that was extracted differ, for programs: `evlint.trace/1`."""

from __future__ import annotations

from typing import Literal

from evlint.observed.agreement import Agreement, End
from evlint.report.context import Context
from evlint.report.document import Document, encode


class TraceDocument(Document, frozen=True, kw_only=True):
    """What `evlint trace --format json` prints."""

    schema: Literal["evlint.trace/1"]
    exact: bool
    unextracted: tuple[End, ...]
    unobserved: tuple[End, ...]
    agreed: tuple[End, ...]


def render(agreement: Agreement, context: Context) -> str:
    """Render the document; its keys are a promise to users."""
    return encode(
        TraceDocument(
            schema="evlint.trace/1",
            version=context.version,
            exact=agreement.is_exact,
            unextracted=agreement.unextracted,
            unobserved=agreement.unobserved,
            agreed=agreement.agreed,
        )
    )
