"""The words of the flow: each event in a sentence, and the fields that events share."""

from __future__ import annotations

from evlint.docs.catalogue import EventEntry, FieldEntry
from evlint.docs.markdown.document import document
from evlint.docs.markdown.site import Site
from evlint.report.markdown import code, section, table, text

PAGE = "glossary.md"
TERMS = (
    "- **event**: a fact that something happened, stated to whoever cares",
    "- **publisher**: a function that sends an event",
    "- **handler**: a function that takes an event",
    "- **service**: a part of the program that is deployed on its own, or could be",
    "- **in-process**: handlers run in the publisher's process; **broker**: the event travels to other processes",
    "- **likely**: names and arguments agree, but no definition proves it",
)


def page(site: Site) -> str:
    """Render the page."""
    return document(
        "Glossary",
        section("Events", _events(site)),
        section("Fields that several events have", _shared(site)),
        section("Terms", list(TERMS)),
        ["[Event flow](README.md)"],
    )


def _events(site: Site) -> list[str]:
    return table(
        ("Event", "What it states", "Also known as"),
        [
            (site.event(event.id, PAGE), text(event.statement), ", ".join(map(code, event.aliases)))
            for event in site.catalogue.events
        ],
    )


def _shared(site: Site) -> list[str]:
    """Fields by name; a name with several types means something else here than there."""
    found: dict[str, list[tuple[EventEntry, FieldEntry]]] = {}
    for event in site.catalogue.events:
        for field in event.fields:
            found.setdefault(field.name, []).append((event, field))
    rows = []
    for name, uses in sorted(found.items()):
        if len(uses) < 2:
            continue
        types = sorted({field.type for _, field in uses if field.type})
        meaning = next((field.description for _, field in uses if field.description), "")
        mind = "several types" if len(types) > 1 else ""
        shown = ", ".join(site.event(event.id, PAGE) for event, _ in uses[:5])
        more = f" and {len(uses) - 5} more" if len(uses) > 5 else ""
        rows.append((code(name), ", ".join(map(code, types)), text(meaning), shown + more, mind))
    return table(("Field", "Type", "Meaning", "Of", "Mind"), rows)
