"""The page of a service: what it says to others, and what it listens to."""

from __future__ import annotations

from evlint.docs.catalogue import EventEntry, ServiceEntry
from evlint.docs.markdown.document import document
from evlint.docs.markdown.site import Site, captioned
from evlint.docs.pictures import pictures
from evlint.report.markdown import code, picture, section, table, text

# What is beyond, few will look at; it opens at a click.
OPEN_PICTURES = 4


def page(site: Site, service: ServiceEntry) -> str:
    """Render the page."""
    path = site.path_of(service)
    touched = [site.events[name] for name in dict.fromkeys((*service.publishes, *service.handles))]
    return document(
        code(service.label),
        [_position(site, service, path)],
        section("The flow", *_pictures(site, service, touched)),
        section("Publishes", _published(site, service, path)),
        section("Handles", _handled(site, service, path)),
        ["[Event flow](../README.md)"],
    )


def _position(site: Site, service: ServiceEntry, path: str) -> str:
    parts = [f"Lives in {code(service.path)}."] if service.path not in ("", ".") else []
    if service.upstream:
        parts.append(f"Hears from {site.services_listed(service.upstream, path)}.")
    if service.downstream:
        parts.append(f"Sends to {site.services_listed(service.downstream, path)}.")
    return " ".join(parts)


def _pictures(site: Site, service: ServiceEntry, events: list[EventEntry]) -> list[list[str]]:
    drawn = captioned(pictures(events, site.labels, service.id))
    if len(drawn) == 1:
        return [picture(drawn[0][1])]
    blocks: list[list[str]] = []
    for caption, drawing in drawn[:OPEN_PICTURES]:
        blocks += [[f"{caption}:"], picture(drawing)]
    for caption, drawing in drawn[OPEN_PICTURES:]:
        blocks.append(["<details>", f"<summary>{_plain(caption)}</summary>", "", *picture(drawing), "", "</details>"])
    return blocks


def _plain(caption: str) -> str:
    """Inside of a tag, Markdown is not read."""
    return caption.replace("`", "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _published(site: Site, service: ServiceEntry, path: str) -> list[str]:
    rows = []
    for name in service.publishes:
        event = site.events[name]
        places = [item for item in event.publishers if item.service == service.id]
        functions = {item.function: item.place for item in reversed(places)}
        rows.append(
            (
                site.event(name, path),
                text(event.statement),
                ", ".join(site.source(function, place, path) for function, place in sorted(functions.items())),
                site.services_listed(sorted({item.service for item in event.handlers}), path) or "nobody",
            )
        )
    return table(("Event", "What it states", "In", "Handled by"), rows)


def _handled(site: Site, service: ServiceEntry, path: str) -> list[str]:
    rows = []
    for name in service.handles:
        event = site.events[name]
        taken = {item.function: item.place for item in reversed(event.handlers) if item.service == service.id}
        rows.append(
            (
                site.event(name, path),
                ", ".join(site.source(function, place, path) for function, place in sorted(taken.items())),
                site.services_listed(event.owners, path) or "outside this program",
            )
        )
    return table(("Event", "By", "Published by"), rows)
