"""Find publishers and events that say for whom an event is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Address, EventType, Publication
from evlint.model.rule import Rule
from evlint.words.identifiers import split
from evlint.words.paths import is_test

# Words for those who take events, whatever the program is about.
TAKERS = frozenset({"consumer", "subscriber", "listener"})
# Words for where something goes; only with a word for a part of a program do they mean one.
AIMS = frozenset({"target", "destination", "dest", "recipient", "receiver", "receiving", "to", "for", "consuming"})
PARTS = frozenset({"service", "system", "app", "module", "component", "consumer", "subscriber", "handler", "worker"})
NAMING = frozenset({"id", "ids", "name", "names", "key", "keys"})
REMEDY = "publish one fact for all, and let who cares subscribe"


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`allow` lists patterns of the names that may stand in events and publishing calls."""

    allow: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    yield from _fields(flow, rule, options)
    yield from _publications(flow, rule, options)
    yield from _topics(flow, rule)


class _Consumers:
    """The services that consume an event, by what they are called."""

    def __init__(self, flow: Flow, event: str, publisher: str) -> None:
        self._flow, self._event, self._publisher = flow, event, publisher

    @cached_property
    def names(self) -> dict[str, str]:
        services = {item.service for item in self._flow.subscriptions_to(self._event)} - {self._publisher}
        return {name: service for service in services if (name := _plain(service.rpartition(".")[2]))}


def _fields(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    """Fields of events that name a consumer."""
    for event in flow.program.events:
        if event.is_command or not flow.publications_of(event.id) or (event.location and is_test(event.location.path)):
            continue
        for field in event.fields:
            if names_taker(field.name) and not _is_subject(field.name, event) and not _allows(options, field.name):
                yield rule.finding(
                    field.location,
                    f"event `{event.name}` says in `{field.name}` for whom it is meant; {REMEDY}",
                    event=event.name,
                    key=f"{event.name} {field.name}",
                )


def _publications(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    """Publishing calls that name a consumer, depend on one, or build a topic for one."""
    for publication in flow.program.publications:
        event = flow.event(publication.event)
        if event.is_command or publication.reply or is_test(publication.location.path):
            continue
        told = {field.name for field in event.fields}
        consumers = _Consumers(flow, publication.event, publication.service)
        for address in publication.addresses:
            if address.name in told or _allows(options, address.name) or _is_subject(address.name, event):
                continue
            if names_taker(address.name) or _picks(address, consumers):
                yield _finding(rule, publication, event, address)
                break


def _picks(address: Address, consumers: _Consumers) -> bool:
    """Whether a word for somebody is given, or compared with, the name of a service that consumes the event."""
    words = [word.lower() for word in split(address.name.rpartition(".")[2])]
    while len(words) > 1 and words[-1] in NAMING:
        words.pop()
    return bool(words) and words[-1] in AIMS | PARTS and _plain(address.text) in consumers.names


def _finding(rule: Rule, publication: Publication, event: EventType, address: Address) -> Finding:
    how = {
        "argument": f"hands `{address.name}` to the call that publishes `{event.name}`, which picks a consumer",
        "test": f'publishes `{event.name}` by a test of `{address.name}` for "{address.text}", a special case for one consumer',
        "topic": f"builds the topic of `{event.name}` from `{address.name}`, one for each consumer",
    }[address.kind]
    return rule.finding(
        address.location,
        f"`{publication.location.symbol or publication.service}` {how}; {REMEDY}",
        event=event.name,
        related=(Related(publication.location, f"`{event.name}` is published here"),),
        key=f"{event.name} {publication.location.symbol} {address.name}",
    )


def _topics(flow: Flow, rule: Rule) -> Iterator[Finding]:
    """Topics that differ in the name of the consumer alone, in one function."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, Publication]] = {}
    for publication in flow.program.publications:
        topic = flow.event(publication.event)
        if topic.kind != "topic" or topic.is_command or is_test(publication.location.path):
            continue
        words = re.split(r"[^A-Za-z0-9]+", topic.name)
        consumers = _Consumers(flow, publication.event, publication.service).names
        for number, word in enumerate(words):
            if _plain(word) in consumers:
                rest = (*words[:number], "", *words[number + 1 :])
                groups.setdefault((publication.function, rest), {}).setdefault(word, publication)
    for found in groups.values():
        if len(found) > 1:
            first, *others = sorted(found.values(), key=lambda item: (item.location, item.event))
            names = ", ".join(f"`{flow.event(item.event).name}`" for item in (first, *others))
            yield rule.finding(
                first.location,
                f"`{first.location.symbol or first.service}` publishes the same to a topic for each consumer: {names}; {REMEDY}",
                event=flow.event(first.event).name,
                related=tuple(Related(item.location, "and here") for item in others if item.location != first.location),
                key=names,
            )


def names_taker(name: str) -> bool:
    """Whether a name means one who takes events: `consumer`, `target_service`, `event.subscriber_name`."""
    words = [word.lower() for word in split(name.rpartition(".")[2])]
    while len(words) > 1 and words[-1] in NAMING:
        words.pop()
    last = [_singular(word) for word in words[-2:]]
    if len(last) == 1:
        return last[0] in TAKERS and "subscriber" not in last
    return bool(last) and last[0] in AIMS and last[1] in PARTS


def _is_subject(name: str, event: EventType) -> bool:
    """Whether the event is about such a one: `ConsumerAdded`, `subscription.expired`."""
    words = {_singular(word.lower()) for word in split(name)} & TAKERS
    about = {word.lower()[:6] for word in split(event.name)}
    return any(word[:6] in about for word in words)


def _allows(options: Options, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in options.allow)


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


def _plain(name: str) -> str:
    return re.sub(r"(?:[-_ ]?(?:service|svc|app|consumer|worker))?$", "", name.lower()).replace("_", "-")
