"""Find publishers that go on to call their consumers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow, after
from evlint.model.finding import Cause, Finding, Related
from evlint.model.program import Action, Behaviour, Publication
from evlint.model.rule import Rule
from evlint.model.source import Location

# What a publisher may go on with: its own work, its answer, and how it is watched.
OWN = re.compile(
    r"^(?:log|logger|logging|metrics?|statsd|tracer|span|print|json|time|datetime|asyncio|math|uuid|copy|os|re|len|str"
    r"|int|dict|list|tuple|set|isinstance|super|next|iter|sorted|min|max|sum|any|all|range|enumerate|zip|map|filter)\b"
)
# Reactions: verbs by which a collaborator is told to do something about what has happened.
REACTIONS = re.compile(
    r"^_?(?:a|async_)?(?:send|notify|post|email|mail|charge|bill|invoice|ship|reserve|allocate|index|reindex|track"
    r"|record_|audit|screen|check|award|grant|credit|debit|refund|sync|push|deliver|dispatch_to|alert|enqueue|schedule"
    r"|print_|export|archive|provision|generate_|create_invoice|update_inventory|update_stock|decrement|increment|handle)"
)
READING = re.compile(
    r"^(?:a|async_)?(?:get|find|fetch|load|read|list|count|query|lookup|search|retrieve|exists|is_|has_|can_|to_|as_|quote)"
)
COLLABORATORS = re.compile(
    r"(?:service|mailer|mail|email|sms|notif\w*|ledger|billing|screening|inventory|warehouse|shipping|analytics|audit\w*"
    r"|search\w*|index\w*|gateway|invoice\w*|payment\w*|loyalty|crm|accounting|fulfil\w*"
    r"|reporter|webhook\w*|slack|push)$",
    re.IGNORECASE,
)
# Those who listen, and what wakes them.
LISTENERS = re.compile(r"(?:listener|observer|subscriber|watcher)s?$", re.IGNORECASE)
WAKING = re.compile(r"^(?:async_)?(?:notify|update|on_|handle|inform|call|trigger|fire|react|receive|dispatch)")
# Telling somebody about it, even by a method of the publisher's own.
TELLING = re.compile(
    r"^_?(?:a|async_)?(?:send|notify|email|mail)_?\w*(?:e?mail|sms|notification|confirmation|receipt|welcome|alert)"
    r"|^_?(?:a|async_)?(?:notify|update|inform|wake|call)_(?:all_)?(?:listeners|observers|subscribers|watchers)$"
)
# An event that tells of a beginning is followed by what has begun.
BEGINNING = re.compile(
    r"(?:start|begin|begun|begins?|initiat|request|receiv|schedul|queu|enter|attempt|open)(?:ed|ing)?(?:_?event)?(?:[_.]?v\d+)?$",
    re.IGNORECASE,
)
OWN_OBJECTS = re.compile(
    r"(?:session|repo|repository|uow|db|database|conn|connection|cursor|cache|lock|request|response|self|cls|bus|publisher"
    r"|producer|broker|channel|queue|emitter|dispatcher|signal|outbox|transaction|logger|form|serializer|messages|parser)s?$"
    r"|(?:cache|caching|db|database|storage|lock|session|token)_?(?:service|client|manager|gateway)s?$",
    re.IGNORECASE,
)


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    reported: set[tuple[Location, str]] = set()
    # Of several events before one call, the nearest is named.
    for publication in sorted(flow.program.publications, key=lambda item: item.location, reverse=True):
        event = flow.event(publication.event)
        if publication.transaction == "buffered" or BEGINNING.search(event.name) or flow.is_hook(event):
            continue
        for scope, action, inner in _goes_on(flow, publication):
            if (action.location, action.callee) in reported:
                continue
            reported.add((action.location, action.callee))
            through = f", which calls `{inner.callee}`," if inner is not action else ""
            yield rule.finding(
                action.location,
                f"`{scope}` publishes `{event.name}` and then calls `{action.callee}`{through} itself; "
                "let it subscribe to the event",
                event=event.name,
                related=(
                    Related(publication.location, f"`{event.name}` is published here"),
                    *((Related(inner.location, f"`{inner.callee}` is called here"),) if inner is not action else ()),
                ),
                key=f"{event.name} {action.callee}",
                cause=Cause(
                    f"{rule.code} {publication.location.path} {scope} {event.name}",
                    f"consumers of `{event.name}` are called by its publisher `{scope}` itself; let them subscribe to the event",
                    4,
                ),
            )


def _goes_on(flow: Flow, publication: Publication) -> Iterator[tuple[str, Action, Action]]:
    """The reactions after the publication, or after the call of a helper that does nothing but publish."""
    for action in flow.following(publication):
        inner = _reaction(flow, publication, action)
        if inner is not None:
            yield publication.location.symbol, action, inner
    for caller, step in flow.callers(publication.function):
        if _is_helper(flow, publication, caller, step):
            for action in after(caller, step):
                inner = _reaction(flow, publication, action)
                if inner is not None:
                    yield caller.name, action, inner


def _is_helper(flow: Flow, publication: Publication, caller: Behaviour, step: Action) -> bool:
    """Whether the step calls, in the same file, a function that only publishes."""
    helper = flow.behaviour(publication.function)
    if helper is None or step.kind != "call" or caller.location.path != helper.location.path:
        return False
    return all(item.kind in ("publish", "log", "return") or not item.function for item in helper.actions)


def _reaction(flow: Flow, publication: Publication, action: Action) -> Action | None:
    """The reaction that the action is, or that a helper of the publisher's own makes for it."""
    if "deferred" in action.blocks or action.kind == "publish":
        return None
    if _is_reaction(flow, publication, action):
        return action
    helper = flow.behaviour(action.function) if action.function else None
    if helper is None or helper.location.path != publication.location.path or helper.key == publication.function:
        return None
    # A helper that publishes has reasons of its own, and only a part of the publisher is part of its flow.
    own = action.callee.startswith(("self._", "cls._", "_"))
    if not own or any(item.kind == "publish" for item in helper.actions):
        return None
    return next((item for item in helper.actions if _is_reaction(flow, publication, item)), None)


def _is_reaction(flow: Flow, publication: Publication, action: Action) -> bool:
    if action.kind not in ("call", "send") or OWN.match(action.callee):
        return False
    receiver, _, verb = action.callee.rpartition(".")
    handlers = {item.function for item in flow.subscriptions_to(publication.event) if item.function}
    if action.function and action.function in handlers:
        return True
    if TELLING.match(verb or receiver):
        return True
    if verb.startswith("_") or READING.match(verb):
        return False
    owner = receiver.rpartition(".")[2].removesuffix("()").removesuffix("[]").strip("_")
    if LISTENERS.search(owner) and WAKING.match(verb):
        return True
    if not owner or OWN_OBJECTS.search(owner):
        return False
    return bool(COLLABORATORS.search(owner) and (REACTIONS.match(verb) or action.awaited))
