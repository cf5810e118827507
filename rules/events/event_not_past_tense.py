"""Find events whose names ask for something instead of stating a fact."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Cause, Cure, Finding
from evlint.model.program import EventType
from evlint.model.rule import Rule
from evlint.words.identifiers import split
from evlint.words.past_tense import tense

TECHNICAL = frozenset({"base", "abstract", "generic", "mixin", "protocol", "composite", "test", "fake", "dummy"})

KINDS = frozenset({"type", "event_type", "kind", "event", "event_name", "name"})


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    allow: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.location is None or event.external or event.is_command or not _states_something(event):
            continue
        if flow.is_hook(event):
            continue
        if any(fnmatchcase(event.name, pattern) for pattern in options.allow):
            continue
        if event.kind != "class" and not (flow.publications_of(event.id) or flow.subscriptions_to(event.id)):
            continue
        found = tense(event.name)
        if found.kind == "not-past":
            hint = f"; name the fact, as in `{found.suggestion}`" if found.suggestion else "; name what has happened"
            yield rule.finding(
                event.location,
                f"event `{event.name}` {_manner(found.form)}{hint}",
                event=event.name,
                cause=_cause(flow, rule, event),
                cure=_cure(event, found.suggestion),
            )


def _cause(flow: Flow, rule: Rule, event: EventType) -> Cause:
    """The habit of whoever names the events of a family, or else of a service."""
    root = flow.root(event)
    whose = f"derive from `{root.rpartition('.')[2]}`" if root else f"`{flow.owner(event.id)}` has"
    return Cause(
        f"{rule.code} {root or flow.owner(event.id)}",
        f"events that {whose} are not named in the past tense; name what has happened, or list in `allow` what is no event",
    )


def _cure(event: EventType, suggestion: str) -> Cure | None:
    """The name that is suggested for a class; the names of topics are known to others."""
    if event.kind != "class" or not suggestion.isidentifier():
        return None
    return Cure("rename", f"Rename `{event.name}` to `{suggestion}`", "unsafe", event.id, (suggestion,))


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
        and words[0] not in ("pre", "post", "on", "before", "after", "validate")
        and tense(event.name).form == "imperative"
    )


def _is_envelope(event: EventType) -> bool:
    """Whether instances say themselves what has happened, in a field that each must fill."""
    return any(
        field.required and (field.name in KINDS or field.name.startswith("event_type")) for field in event.fields
    )


def _manner(form: str) -> str:
    return {
        "imperative": "is named like a command",
        "gerund": "is named for something that goes on",
        "request": "is named like a request",
    }.get(form, "is not named in the past tense")
