"""Find publishers that go on to call their consumers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Publication
from evlint.model.rule import Rule

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
COLLABORATORS = re.compile(
    r"(?:service|mailer|mail|email|sms|notif\w*|ledger|billing|screening|inventory|warehouse|shipping|analytics|audit\w*"
    r"|search\w*|index\w*|gateway|invoice\w*|payment\w*|loyalty|crm|accounting|fulfil\w*"
    r"|reporter|webhook\w*|slack|push)$",
    re.IGNORECASE,
)
# Telling somebody about it, even by a method of the publisher's own.
TELLING = re.compile(
    r"^_?(?:a|async_)?(?:send|notify|email|mail)_?\w*(?:e?mail|sms|notification|confirmation|receipt|welcome|alert)"
)
# An event that tells of a beginning is followed by what has begun.
BEGINNING = re.compile(
    r"(?:start|begin|begun|begins?|initiat|request|receiv|schedul|queu|enter|attempt|open)(?:ed|ing)?(?:_?event)?(?:[_.]?v\d+)?$",
    re.IGNORECASE,
)
OWN_OBJECTS = re.compile(
    r"(?:session|repo|repository|uow|db|database|conn|connection|cursor|cache|lock|request|response|self|cls|bus|publisher"
    r"|producer|broker|channel|queue|emitter|dispatcher|signal|outbox|transaction|logger|form|serializer|messages|parser)s?$",
    re.IGNORECASE,
)


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for publication in flow.program.publications:
        event = flow.event(publication.event)
        if publication.transaction == "buffered" or BEGINNING.search(event.name):
            continue
        for action in flow.following(publication):
            if _is_reaction(flow, publication, action):
                yield rule.finding(
                    action.location,
                    f"`{publication.location.symbol}` publishes `{event.name}` and then calls `{action.callee}` itself; "
                    "let it subscribe to the event",
                    event=event.name,
                    related=(Related(publication.location, f"`{event.name}` is published here"),),
                    key=f"{event.name} {action.callee}",
                )


def _is_reaction(flow: Flow, publication: Publication, action: Action) -> bool:
    if action.kind not in ("call", "send") or "deferred" in action.blocks or OWN.match(action.callee):
        return False
    receiver, _, verb = action.callee.rpartition(".")
    handlers = {item.function for item in flow.subscriptions_to(publication.event) if item.function}
    if action.function and action.function in handlers:
        return True
    if TELLING.match(verb or receiver):
        return True
    if verb.startswith("_"):
        return False
    owner = receiver.rpartition(".")[2].rstrip("()").strip("_")
    if not owner or OWN_OBJECTS.search(owner):
        return False
    return bool(COLLABORATORS.search(owner) and (REACTIONS.match(verb) or action.awaited))
