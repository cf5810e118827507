"""What pages share: where each entry has its page, and how one is linked from another."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from evlint.docs.catalogue import Catalogue, EventEntry, Place, ServiceEntry
from evlint.docs.links import Links
from evlint.report.drawing import Drawing
from evlint.report.markdown import code, link


class Site:
    """The pages of a catalogue."""

    def __init__(self, catalogue: Catalogue, links: Links) -> None:
        self.catalogue = catalogue
        self._links = links
        self.events = {event.id: event for event in catalogue.events}
        self.services = {service.id: service for service in catalogue.services}
        self.labels = catalogue.labels

    @staticmethod
    def path_of(entry: EventEntry | ServiceEntry) -> str:
        """The page of an entry, from the folder of the documentation."""
        return f"{'events' if isinstance(entry, EventEntry) else 'services'}/{entry.slug}.md"

    def event(self, name: str, page: str) -> str:
        """A link to the event of that id."""
        entry = self.events.get(name)
        return link(code(entry.name), _from(page, self.path_of(entry))) if entry is not None else code(name)

    def service(self, name: str, page: str) -> str:
        """A link to the service of that id."""
        entry = self.services.get(name)
        label = code(entry.label if entry is not None else name)
        return link(label, _from(page, self.path_of(entry))) if entry is not None else label

    def source(self, label: str, place: Place, page: str) -> str:
        """A link to a line of the code."""
        return link(code(label), self._links.source(place, page))

    def events_listed(self, names: Iterable[str], page: str) -> str:
        """Links to events, for a cell of a table."""
        return ", ".join(self.event(name, page) for name in names)

    def services_listed(self, names: Iterable[str], page: str) -> str:
        """Links to services, for a cell of a table."""
        return ", ".join(self.service(name, page) for name in names)


def captioned(drawings: Iterable[Drawing]) -> list[tuple[str, Drawing]]:
    """Pictures with the events that each shows, as a caption."""
    found = []
    for drawing in drawings:
        names = [code(event.label) for event in drawing.events]
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        found.append((shown, drawing))
    return found


def _from(page: str, target: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page) or ".")
