"""What the flow lacks, and what is not known about it."""

from __future__ import annotations

from evlint.docs.catalogue import EventEntry
from evlint.docs.markdown.document import document
from evlint.docs.markdown.site import Site
from evlint.loose_ends import End
from evlint.report.markdown import code, section, table, text

PAGE = "gaps.md"


def page(site: Site) -> str:
    """Render the page."""
    sections = [
        section("Published, no handler found", _ends(site, "unhandled")),
        section("Handled, no publisher found", _ends(site, "unpublished")),
        section("Neither published nor handled", _ends(site, "unused")),
        section("Not resolved", _unresolved(site)),
        section("Files that could not be read", _skipped(site)),
    ]
    return document(
        "Gaps",
        *(sections if any(sections) else [["Nothing is missing, as far as evlint can see."]]),
        ["[Event flow](README.md)"],
    )


def _ends(site: Site, lacks: End) -> list[str]:
    found = [event for event in site.catalogue.events if event.lacks == lacks]
    return table(("Event", "Service", "Where"), [_end(site, event) for event in found])


def _end(site: Site, event: EventEntry) -> tuple[str, str, str]:
    places = sorted({(item.function, item.place) for item in event.ends})
    if not places and event.place is not None:
        places = [(event.place.path, event.place)]
    return (
        site.event(event.id, PAGE),
        site.services_listed(sorted({item.service for item in event.ends}), PAGE),
        ", ".join(site.source(label, place, PAGE) for label, place in places),
    )


def _unresolved(site: Site) -> list[str]:
    return table(
        ("What", "Why", "Where"),
        [
            (gap.role, text(gap.reason), site.source(gap.place.path, gap.place, PAGE))
            for gap in site.catalogue.unresolved
        ],
    )


def _skipped(site: Site) -> list[str]:
    return table(("File", "Why"), [(code(path), text(reason)) for path, reason in site.catalogue.skipped])
