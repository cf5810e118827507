"""What every remedy is given."""

from __future__ import annotations

from typing import Literal

from evlint.fix.sources import Impossible, Source, Sources
from evlint.model.finding import Cure, Finding
from evlint.model.program import EventType, Program


class Patient:
    """A finding that is to be cured, in its program; `doubt` makes the fix unsafe."""

    def __init__(self, finding: Finding, cure: Cure, program: Program, sources: Sources) -> None:
        self.finding = finding
        self.cure = cure
        self.program = program
        self.sources = sources
        self.safety: Literal["safe", "unsafe"] = cure.safety

    @property
    def source(self) -> Source:
        """The file that the finding is in."""
        return self.sources.at(self.finding.location.path)

    @property
    def event(self) -> EventType:
        """The event that the cure is about."""
        return next(event for event in self.program.events if event.id == self.cure.event)

    def doubt(self) -> None:
        """Say that the fix may change what the program does."""
        self.safety = "unsafe"


__all__ = ["Impossible", "Patient"]
