"""The page of an event: what it states, who sends it, who takes it, and what follows."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.docs.catalogue import EventEntry, FieldEntry, HandlerEntry
from evlint.docs.markdown.document import document
from evlint.docs.markdown.site import Site
from evlint.docs.pictures import consequences, pictures
from evlint.report.markdown import code, picture, section, table, text

KINDS = {"class": "class", "signal": "signal", "topic": "topic"}
MOST_STEPS = 40
SURE = {"certain": "", "strong": "", "likely": " (likely)"}
LACKS = {
    "unhandled": "Nothing here handles it.",
    "unpublished": "Nothing here publishes it.",
    "unused": "It is declared, but neither published nor handled.",
}


def page(site: Site, event: EventEntry) -> str:
    """Render the page."""
    path = site.path_of(event)
    return document(
        code(event.name),
        _paragraphs(event),
        _facts(site, event, path),
        section("Fields", _fields(site, event)),
        section("Published by", _publishers(site, event, path)),
        section("Handled by", _handlers(site, event, path)),
        section("The flow", *_flow(site, event)),
        section("What follows", *_following(site, event, path)),
        section("Versions", _versions(event)),
        ["[Event flow](../README.md)"],
    )


def _paragraphs(event: EventEntry) -> list[str]:
    lines: list[str] = []
    for paragraph in event.paragraphs:
        lines += [text(paragraph), ""]
    return lines[:-1]


def _facts(site: Site, event: EventEntry, path: str) -> list[str]:
    return [f"- {fact}" for fact in _fact_lines(site, event, path)]


def _fact_lines(site: Site, event: EventEntry, path: str) -> Iterator[str]:
    noun = "command" if event.is_command else KINDS[event.kind]
    carried = f", {' and '.join(event.transports)}" if event.transports else ""
    where = f", defined in {site.source(event.place.path, event.place, path)}" if event.place else ""
    yield f"{noun.capitalize()}{carried}{where}"
    if event.aliases:
        yield f"Also known as {', '.join(map(code, event.aliases))}"
    if event.owners:
        shared = " (shared ownership)" if len(event.owners) > 1 else ""
        yield f"Owned by {site.services_listed(event.owners, path)}{shared}"
    if event.version is not None:
        yield f"Version {code(event.version) if event.version else 'stated at run time'}"
    if event.is_frozen is False:
        yield "Can be changed after it was made"
    if event.traces:
        yield f"An action is traced by {', '.join(map(code, event.traces))}"
    personal = [field for field in event.fields if field.note.startswith(("personal", "secret"))]
    if personal:
        yield f"Handle with care: {', '.join(code(field.name) for field in personal)}"
    if event.lacks:
        yield f"**{LACKS[event.lacks]}**"
    if event.is_external:
        yield "Other programs send or take it, as the configuration says"


def _fields(site: Site, event: EventEntry) -> list[str]:
    readers = {
        field.name: [handler.function for handler in event.handlers if field.name in handler.reads]
        for field in event.fields
    }
    rows = [
        (
            code(field.name),
            code(field.type),
            _given(field),
            text(field.description),
            field.note,
            _read(readers[field.name]),
        )
        for field in event.fields
    ]
    rows += [(code(key), "", "", "", "", "") for key in event.keys]
    held = [entry for entry in site.catalogue.types if entry.id in event.types]
    lines = table(("Field", "Type", "Required", "Meaning", "Mind", "Read by"), rows)
    for entry in held:
        if entry.values:
            lines += ["", f"{code(entry.name)} is one of {', '.join(map(code, entry.values))}."]
        elif entry.fields:
            shown = ", ".join(f"{code(field.name)} {code(field.type)}".strip() for field in entry.fields)
            lines += ["", f"{code(entry.name)} holds {shown}."]
    return lines


def _given(field: FieldEntry) -> str:
    if field.required:
        return "yes"
    return f"no, {code(field.default)}" if field.default else "no"


def _read(names: list[str]) -> str:
    return ", ".join(map(code, sorted(set(names))))


def _publishers(site: Site, event: EventEntry, path: str) -> list[str]:
    return table(
        ("Function", "Service", "Call", "Channel", "Transaction"),
        [
            (
                site.source(item.function, item.place, path) + SURE[item.confidence],
                site.service(item.service, path),
                code(item.call),
                code(item.channel),
                item.commit,
            )
            for item in event.publishers
        ],
    )


def _handlers(site: Site, event: EventEntry, path: str) -> list[str]:
    return table(
        ("Function", "Service", "Why a repeat is harmless", "Publishes in turn", "Listens to"),
        [
            (
                site.source(item.function, item.place, path) + SURE[item.confidence],
                site.service(item.service, path),
                _guards(item),
                site.events_listed(item.publishes, path),
                code(item.pattern),
            )
            for item in event.handlers
        ],
    )


def _guards(item: HandlerEntry) -> str:
    return text(", ".join(item.guards)) or "no evidence found"


def _flow(site: Site, event: EventEntry) -> Iterator[list[str]]:
    shown, complete = consequences(event, site.events)
    for drawing in pictures(shown, site.labels)[:1]:
        yield picture(drawing)
        if not complete:
            yield ["This is the nearest of what follows."]


def _following(site: Site, event: EventEntry, path: str) -> Iterator[list[str]]:
    if not event.handlers:
        return
    steps = list(_steps(site, event, path, 0, set()))
    yield steps[:MOST_STEPS]
    if len(steps) > MOST_STEPS:
        yield [f"{len(steps) - MOST_STEPS} further steps are left out here."]


def _steps(site: Site, event: EventEntry, path: str, depth: int, seen: set[str]) -> Iterator[str]:
    """The handlers of an event, each with what it publishes, and so on; an event is followed once."""
    seen.add(event.id)
    indent = "  " * depth
    functions = dict.fromkeys((item.function, item.service, item.place) for item in event.handlers)
    published = {
        key: sorted(
            {
                name
                for item in event.handlers
                if (item.function, item.service, item.place) == key
                for name in item.publishes
            }
        )
        for key in functions
    }
    for function, service, place in functions:
        yield f"{indent}- {site.source(function, place, path)} of {site.service(service, path)}"
        for name in published[function, service, place]:
            known = site.events.get(name)
            if known is None:
                continue
            again = " (see above)" if name in seen and known.handlers else ""
            yield f"{indent}  - publishes {site.event(name, path)}{again}"
            if not again:
                yield from _steps(site, known, path, depth + 2, seen)


def _versions(event: EventEntry) -> list[str]:
    return table(
        ("Version", "What changed"),
        [(code(entry.version), "; ".join(map(text, entry.changes)) or "first locked") for entry in event.history],
    )
