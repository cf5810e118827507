"""Take away comments that accept nothing."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.extract.comments import without
from evlint.fix.patient import Patient
from evlint.model.finding import Edit

BLANKS = " \t\f"
ENDS = "\r\n"


def unsuppress(patient: Patient) -> Iterator[Edit]:
    """Take the words of no use out of a comment, or the comment out of the file where none is left."""
    source = patient.source
    text = source.text
    start, end = source.offsets(patient.finding.location.span)
    left = without(text[start:end], patient.cure.words)
    if left:
        yield source.edit(start, end, left)
        return
    while end < len(text) and text[end] in BLANKS:
        end += 1
    if end < len(text) and text[end] not in ENDS:
        # Another comment follows, and takes the place.
        yield source.edit(start, end, "")
        return
    while start and text[start - 1] in BLANKS:
        start -= 1
    if not start or text[start - 1] in ENDS:
        # A line of its own goes altogether.
        end = source.next_line(end)
    yield source.edit(start, end, "")
