"""In what the flow that was observed and the one that was extracted differ, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evlint.observed.agreement import Agreement, End
from evlint.report.context import Context
from evlint.report.escape import terminal

VERBS = {"publisher": "published by", "handler": "handled by"}


def render(agreement: Agreement, context: Context) -> str:
    """List each end of an event that only one side knows, and count those that both know."""
    return "".join(f"{line}\n" for line in _lines(agreement))


def _lines(agreement: Agreement) -> Iterator[str]:
    yield from _part("Observed, but not extracted", agreement.unextracted)
    yield from _part("Extracted, but never observed", agreement.unobserved)
    publishers = sum(end.role == "publisher" for end in agreement.agreed)
    yield f"Agreed: {publishers} publishers, {len(agreement.agreed) - publishers} handlers"


def _part(title: str, ends: Sequence[End]) -> Iterator[str]:
    if ends:
        yield f"{title}:"
        yield from (f"  {_line(end)}" for end in ends)
        yield ""


def _line(end: End) -> str:
    who = end.function or ("the module" if end.path else "code that the record does not name")
    place = f"  {terminal(end.path)}:{end.line}" if end.path else ""
    times = f"  ({end.times} times)" if end.times > 1 else ""
    return f"{terminal(end.event)} {VERBS[end.role]} {terminal(who)}{place}{times}"
