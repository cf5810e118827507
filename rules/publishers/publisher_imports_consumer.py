"""Find publishers that import and run the code of those who consume what they publish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import basename

import msgspec

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Dependency, Publication, Subscription
from evlint.model.rule import Rule
from evlint.words.paths import is_test

# Modules that hold nothing but reactions.
REACTING = re.compile(
    r"^_?(?:\w+_)?(?:handlers?|consumers?|subscribers?|listeners?|receivers?|reactions?|projections?|projectors?)\.py$"
)
# To put a consumer to work, or out of it, is not to tell it what has happened.
ARRANGING = re.compile(
    r"^_?(?:async_)?(?:set_?up|start|init|register|connect|subscribe|attach|install|listen|add_listener|stop|close"
    r"|shut_?down|unsubscribe|unregister|disconnect|unload|detach)"
)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`allow` lists patterns of the files whose code publishers may run."""

    allow: tuple[str, ...] = ()


def check(flow: Flow, rule: Rule, options: Options) -> Iterator[Finding]:
    published: dict[str, list[Publication]] = {}
    for publication in flow.program.publications:
        if publication.confidence != "likely" and not is_test(publication.location.path):
            published.setdefault(publication.location.path, []).append(publication)
    seen: set[tuple[str, str]] = set()
    for dependency in flow.program.dependencies:
        pair = dependency.imported.path, dependency.path
        if pair in seen or any(fnmatchcase(dependency.path, pattern) for pattern in options.allow):
            continue
        for publication in published.get(dependency.imported.path, ()):
            consumer = _consumer(flow, dependency, publication)
            if consumer is not None:
                seen.add(pair)
                yield _finding(flow, rule, dependency, publication, consumer)
                break


def _consumer(flow: Flow, dependency: Dependency, publication: Publication) -> Subscription | None:
    """The subscription to what is published that the called code belongs to; one's own state may react to itself."""
    if any(item.location.path == dependency.path for item in flow.publications_of(publication.event)):
        return None
    for item in flow.subscriptions_to(publication.event):
        if item.handler_path == dependency.path and item.confidence != "likely" and _reacts(flow, dependency, item):
            return item
    return None


def _reacts(flow: Flow, dependency: Dependency, subscription: Subscription) -> bool:
    """Whether the called code is the handler, its class, what it does its work with, or one of a file of handlers."""
    if ARRANGING.match(dependency.name.rpartition(".")[2]):
        return False
    if dependency.key == subscription.function:
        return True
    owner = dependency.name.rpartition(".")[0]
    if owner and f"{subscription.handler}.".startswith(f"{owner}."):
        return True
    handler = flow.behaviour(subscription.function)
    works_with = handler is not None and any(item.function == dependency.key for item in handler.actions)
    return works_with or bool(REACTING.match(basename(dependency.path)))


def _finding(
    flow: Flow, rule: Rule, dependency: Dependency, publication: Publication, consumer: Subscription
) -> Finding:
    event = flow.event(publication.event).name
    return rule.finding(
        dependency.imported,
        f"`{publication.location.symbol or publication.service}` publishes `{event}`, and its module imports"
        f" `{dependency.name}` of the consumer `{consumer.handler}`; let the event reach it, and drop the import",
        event=event,
        related=(
            Related(dependency.location, f"`{dependency.name}` is called here"),
            Related(publication.location, f"`{event}` is published here"),
            Related(consumer.location, f"`{consumer.handler}` consumes it"),
        ),
        key=f"{event} {dependency.path}",
    )
