"""Find events whose names ask for something instead of stating a fact."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.program import EventType
from evlint.model.rule import Rule
from evlint.words.identifiers import split
from evlint.words.past_tense import tense

TECHNICAL = frozenset({"base", "abstract", "generic", "mixin", "protocol", "test", "fake", "dummy"})

KINDS = frozenset({"type", "event_type", "kind", "event", "event_name", "name"})


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    allow: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.location is None or event.external or event.is_command or not _states_something(event):
            continue
        if any(fnmatchcase(event.name, pattern) for pattern in options.allow):
            continue
        if event.kind != "class" and not (flow.publications_of(event.id) or flow.subscriptions_to(event.id)):
            continue
        found = tense(event.name)
        if found.kind == "not-past":
            hint = f"; name the fact, as in `{found.suggestion}`" if found.suggestion else "; name what has happened"
            yield rule.finding(event.location, f"event `{event.name}` {_manner(found.form)}{hint}", event=event.name)


def _states_something(event: EventType) -> bool:
    """Whether the name is one of an event at all: no base class, no channel, no wildcard."""
    words = [word.lower() for word in split(event.name)]
    if event.has_subclasses or not words or set(words) & TECHNICAL:
        return False
    if event.kind == "class":
        return not _is_envelope(event)
    if any(mark in event.name for mark in "{}*#>+"):
        return False
    # A topic is a channel unless it is made of a thing and a verb, and hooks are named for their moment.
    return (
        len(words) > 1
        and words[0] not in ("pre", "post", "on", "before", "after")
        and tense(event.name).form == "imperative"
    )


def _is_envelope(event: EventType) -> bool:
    """Whether instances say themselves what has happened, in a field that each must fill."""
    return any(field.required and field.name in KINDS for field in event.fields)


def _manner(form: str) -> str:
    return {
        "imperative": "is named like a command",
        "gerund": "is named for something that goes on",
        "request": "is named like a request",
    }.get(form, "is not named in the past tense")
