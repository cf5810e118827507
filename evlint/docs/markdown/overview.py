"""The first page: the flow at a glance."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.docs.catalogue import EventEntry
from evlint.docs.markdown.document import document
from evlint.docs.markdown.site import Site
from evlint.docs.pictures import pictures, service_map
from evlint.report.markdown import count, picture, section, table, text

PAGE = "README.md"
# With more pictures than this, each service's page is the better place for them.
MOST_PICTURES = 2


def page(site: Site) -> str:
    """Render the page."""
    return document(
        "Event flow",
        [_summary(site)],
        _pictures(site),
        section("Services", _services(site)),
        *_events(site),
        section("More", _more(site)),
    )


def _summary(site: Site) -> str:
    catalogue = site.catalogue
    publishers = {(item.place.path, item.function) for event in catalogue.events for item in event.publishers}
    handlers = {(item.place.path, item.function) for event in catalogue.events for item in event.handlers}
    return (
        f"{count(len(catalogue.events), 'event')} in {count(len(catalogue.services), 'service')}: "
        f"published by {count(len(publishers), 'function')}, handled by {count(len(handlers), 'function')}."
    )


def _pictures(site: Site) -> list[str]:
    whole = pictures(site.catalogue.events, site.labels)
    services = service_map(site.catalogue.services, site.catalogue.events)
    # What is all in one picture says more than any summary.
    if services is not None and services.arrows and len(whole) > 1:
        return section("Who hears from whom", picture(services))
    if len(whole) <= MOST_PICTURES:
        return section("The flow", *(picture(drawing) for drawing in whole))
    return []


def _services(site: Site) -> list[str]:
    if len(site.services) == 1:
        return []
    return table(
        ("Service", "Publishes", "Handles", "Sends to", "Hears from"),
        [
            (
                site.service(entry.id, PAGE),
                str(len(entry.publishes)),
                str(len(entry.handles)),
                site.services_listed(entry.downstream, PAGE),
                site.services_listed(entry.upstream, PAGE),
            )
            for entry in site.catalogue.services
        ],
    )


def _events(site: Site) -> Iterator[list[str]]:
    """A table of events for each service that publishes some, and one for what comes from elsewhere."""
    owned: dict[str, list[EventEntry]] = {}
    for event in site.catalogue.events:
        owned.setdefault(event.owners[0] if event.owners else "", []).append(event)
    homeless = owned.pop("", []) if "" not in site.services else []
    if len(owned) == 1 and not homeless:
        yield section("Events", _table(site, next(iter(owned.values()))))
        return
    for service, events in sorted(owned.items()):
        yield section(f"Events of {site.service(service, PAGE)}", _table(site, events))
    yield section("Events that nothing here publishes", _table(site, homeless))


def _table(site: Site, events: list[EventEntry]) -> list[str]:
    return table(
        ("Event", "What it states", "Published in", "Handled by"),
        [
            (
                site.event(event.id, PAGE),
                text(event.statement),
                _published(event),
                _handled(site, event) or "nobody",
            )
            for event in events
        ],
    )


def _handled(site: Site, event: EventEntry) -> str:
    if len(site.services) > 1:
        return site.services_listed(sorted({handler.service for handler in event.handlers}), PAGE)
    functions = {handler.function: handler.place for handler in reversed(event.handlers)}
    return ", ".join(site.source(function, place, PAGE) for function, place in sorted(functions.items()))


def _published(event: EventEntry) -> str:
    if not event.publishers:
        return "outside this program" if event.is_external else "nowhere"
    return count(len(event.publishers), "place")


def _more(site: Site) -> list[str]:
    lacking = sum(1 for event in site.catalogue.events if event.lacks)
    gaps = f"{count(lacking, 'event')} with a loose end, {count(len(site.catalogue.unresolved), 'site')} not resolved"
    return [
        "- [Glossary](glossary.md): each event in a sentence, and the fields that they share",
        f"- [Gaps](gaps.md): {gaps}",
    ]
