"""Add a field that tells the version of an event's schema."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.fix.fields import added
from evlint.fix.patient import Patient
from evlint.model.finding import Edit


def version(patient: Patient) -> Iterator[Edit]:
    """Add `version: int = 1` behind the other fields."""
    yield added(patient, "version: int = 1")
