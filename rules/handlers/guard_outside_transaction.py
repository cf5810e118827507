"""Find guards against duplicates that are not saved together with what they guard."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evlint.flow import Flow, can_follow
from evlint.model.finding import Finding, Related
from evlint.model.program import Action, Behaviour
from evlint.model.rule import Rule

WORDS = r"processed|seen|handled|idempot|dedup|inbox|consumed_(?:events?|messages?)"
MARKS = re.compile(
    rf"^_*(?:mark|record|remember|save|store|register|add|set|insert|create|claim)_\w*(?:{WORDS})", re.IGNORECASE
)
HOLDERS = re.compile(rf"(?:{WORDS})\w*(?:\(\))?$", re.IGNORECASE)
HOLDING = frozenset(
    "add create acreate insert insert_one save mark put sadd set setex setnx store remember append".split()
)
CACHES = re.compile(r"(?:^|[._])(?:redis|cache|memcached?|valkey|r|rdb)(?:_client|_conn|\(\))?$", re.IGNORECASE)
MEMORY = ("builtins.set", "builtins.dict", "builtins.list", "collections.")


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for key, intakes in sorted(flow.intakes.items()):
        behaviour = flow.behaviour(key)
        if behaviour is None or all(intake.transport == "in-process" for intake in intakes):
            continue
        found = _split(flow, behaviour)
        if found is not None:
            mark, effect, why = found
            name = flow.taken(key)
            event = f"`{name}`" if name else "the event"
            yield rule.finding(
                mark.location,
                f"`{behaviour.name}` remembers {event} with `{mark.callee}` {why} `{effect.callee}`; a crash in between "
                "repeats or loses the work: save both in one transaction",
                event=name,
                related=(Related(effect.location, f"`{effect.callee}` is the work"),),
                key=f"{name} {behaviour.name}",
            )


def _split(flow: Flow, behaviour: Behaviour) -> tuple[Action, Action, str] | None:
    """The mark, the work that it guards, and how they stand apart."""
    actions = [item for item in behaviour.actions if not any(":except" in label for label in item.blocks)]
    for number, mark in enumerate(actions):
        if not _is_mark(mark):
            continue
        for at, effect in enumerate(actions):
            if at == number or not _is_work(flow, effect) or not _together(mark, effect):
                continue
            if _is_elsewhere(mark):
                return mark, effect, "in another store than"
            between = actions[min(at, number) + 1 : max(at, number)]
            if any(flow.commits(item) for item in between) or (at < number and flow.commits(effect)):
                return mark, effect, "in another transaction than"
    return None


def _is_mark(action: Action) -> bool:
    receiver, _, last = action.callee.rpartition(".")
    claims = last in ("set", "setnx") and bool(CACHES.search(receiver)) and ("nx" in action.keywords or last == "setnx")
    return bool(MARKS.match(last)) or (last in HOLDING and bool(HOLDERS.search(receiver))) or claims


def _is_elsewhere(mark: Action) -> bool:
    receiver = mark.callee.rpartition(".")[0]
    return bool(CACHES.search(receiver)) or mark.target.startswith(MEMORY)


def _is_work(flow: Flow, action: Action) -> bool:
    if _is_mark(action) or CACHES.search(action.callee.rpartition(".")[0]):
        return False
    inner = flow.behaviour(action.function) if action.function else None
    return action.kind == "write" or (inner is not None and any(item.kind == "write" for item in inner.actions))


def _together(mark: Action, effect: Action) -> bool:
    return can_follow(mark.blocks, effect.blocks) or can_follow(effect.blocks, mark.blocks)
