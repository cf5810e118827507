"""Find events that leave the process and state no version of their schema."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Cause, Cure, Finding, Related
from evlint.model.program import EventType
from evlint.model.rule import Rule
from evlint.words.identifiers import split
from evlint.words.past_tense import tense
from evlint.words.paths import is_test

GENERIC = frozenset(
    "domain integration base abstract application app system external internal generic custom any raw stored outbox"
    " kafka rabbitmq rabbit amqp nats redis sqs sns mqtt pubsub broker bus cloud message queue".split()
)
EVENT_WORDS = frozenset({"event", "message", "envelope", "fact", "msg"})


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    allow: tuple[str, ...] = ()
    in_process: bool = False


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    bases = _travelling_bases(flow)
    for event in flow.program.events:
        if not _is_contract(event) or any(fnmatchcase(event.name, pattern) for pattern in options.allow):
            continue
        if options.in_process or _leaves(flow, event) or not bases.isdisjoint(event.bases):
            yield _finding(flow, rule, event)


def _is_contract(event: EventType) -> bool:
    """Whether the event has a schema of its own that could state a version, and states none."""
    return (
        event.kind == "class"
        and event.location is not None
        and event.version is None
        and event.confidence != "likely"
        and _is_fact(event)
        and not (event.external or event.has_subclasses or is_test(event.location.path))
    )


def _is_fact(event: EventType) -> bool:
    """Whether the class is named as one kind of event: carriers and bare payloads have no schema of one fact."""
    words = [word.lower() for word in split(event.name)]
    if tense(event.name).kind == "past":
        return True
    return bool(words) and words[-1] == "event" and not GENERIC.issuperset(words[:-1])


def _leaves(flow: Flow, event: EventType) -> bool:
    """Whether the event is sent to other processes: over a broker, or through an outbox."""
    return "broker" in event.transports or any("outbox" in item.call.lower() for item in flow.publications_of(event.id))


def _travelling_bases(flow: Flow) -> set[str]:
    """The base classes of events that leave: what derives from them is made to leave, too."""
    return {_base(event) for event in flow.program.events if _base(event) and _leaves(flow, event)}


def _base(event: EventType) -> str:
    """The nearest base class that is named as one of events."""
    for base in event.bases:
        words = {word.lower() for word in split(base.rpartition(".")[2])}
        if words & EVENT_WORDS:
            return base
    return ""


def _finding(flow: Flow, rule: Rule, event: EventType) -> Finding:
    assert event.location is not None
    handlers = flow.subscriptions_to(event.id)
    readers = f"its {len(handlers)} handlers" if len(handlers) > 1 else "consumers"
    return rule.finding(
        event.location,
        f"event `{event.name}` leaves the process and states no version, so {readers} cannot tell old from new; add"
        " `version: int = 1`, or one in its topic or envelope",
        event=event.name,
        related=tuple(Related(item.location, "sent here") for item in flow.publications_of(event.id)[:3]),
        cure=_cure(event),
        cause=_cause(rule, event),
    )


def _cure(event: EventType) -> Cure | None:
    """A field with a default, which consumers that are strict must know of first."""
    if event.form not in ("dataclass", "attrs", "pydantic", "msgspec", "namedtuple"):
        return None
    return Cure("version", f"Add `version: int = 1` to `{event.name}`", "unsafe", event.id)


def _cause(rule: Rule, event: EventType) -> Cause | None:
    """The base class, which could state a version for all that derive from it."""
    base = _base(event)
    summary = (
        f"events that derive from `{base.rpartition('.')[2]}` leave the process and state no version;"
        " a field `version: int = 1` in the base class serves them all"
    )
    return Cause(f"{rule.code} {base}", summary) if base else None
