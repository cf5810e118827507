"""Find events with more fields than their style allows."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import EventType, Field
from evlint.model.rule import Rule
from evlint.words.paths import is_test

# What every event may say about itself.
META = frozenset(
    "id event_id message_id uuid type event_type event_name name version schema_version timestamp occurred_at occurred_on"
    " created_at time at correlation_id causation_id trace_id request_id tenant_id source service producer metadata"
    " aggregate_id aggregate_type headers user_id".split()
)
SHOWN = 5


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_fields: int = 15
    max_thin_fields: int = 4
    thin: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.kind != "class" or event.location is None or event.has_subclasses or event.external:
            continue
        own = [field for field in event.fields if field.name not in META]
        is_thin = any(
            fnmatchcase(name, pattern)
            for name in (event.name, event.id.removeprefix("class:"))
            for pattern in options.thin
        )
        limit = options.max_thin_fields if is_thin else options.max_fields
        if len(own) > limit and not is_test(event.location.path):
            style = "a thin event" if is_thin else "one event"
            unread = _unread(flow, event, own)
            yield rule.finding(
                event.location,
                f"event `{event.name}` carries {len(own)} fields, more than the {limit} of {style}{_evidence(unread)}",
                event=event.name,
                related=tuple(Related(field.location, "no handler reads it") for field in unread[:SHOWN]),
            )


def _unread(flow: Flow, event: EventType, fields: list[Field]) -> list[Field]:
    """The fields that no handler reads, where every handler can be followed."""
    handlers = flow.subscriptions_to(event.id)
    if not handlers or any(item.whole for item in handlers):
        return []
    if any(flow.has_open_subscriptions(transport) for transport in event.transports):
        return []
    read = {read.name for item in handlers for read in item.reads}
    return [field for field in fields if field.name not in read]


def _evidence(unread: list[Field]) -> str:
    if not unread:
        return "; drop what no consumer needs, or split it"
    names = ", ".join(f"`{field.name}`" for field in unread[:SHOWN])
    more = f" and {len(unread) - SHOWN} more" if len(unread) > SHOWN else ""
    return f"; no handler reads {names}{more}"
