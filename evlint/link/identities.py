"""What names an event: a class, a signal object, or a topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.values import Text
from evlint.model.program import Transport
from evlint.model.source import Location
from evlint.words.identifiers import split
from evlint.words.past_tense import tense

COMMAND_WORDS = frozenset({"command", "commands", "query", "queries", "comando", "comandos"})
COMMANDS = frozenset({"commands", "comandos"})
EVENT_WORDS = frozenset({"event", "events", "evt", "message", "msg", "notification", "signal", "fact"})
NAME_OF_EVENT = re.compile(r"^_?(?:event|evt)_?(?:type|name|key|kind)$", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z][\w.:/{}-]*")
ALL_EVENTS = frozenset({"events", "notifications"})
# Names of what has to do with events.
ABOUT_EVENTS = re.compile(
    r"event|message|msg|signal|topic|webhook|notif|mqtt|kafka|amqp|rabbit|routing_?key|subject", re.IGNORECASE
)
GENERAL = frozenset("domain integration application app generic core composite aggregate".split())
TECHNICAL = frozenset("base abstract mixin model schema protocol interface class type v1 v2 v3 dto".split())
PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
TABLE_BASES = (
    "django.db.models",
    "sqlalchemy.",
    "sqlmodel.",
    "tortoise.",
    "peewee.",
    "mongoengine.",
    "flask_sqlalchemy",
)
PLAIN_BASES = frozenset({"builtins.Exception", "builtins.BaseException", "builtins.dict", "builtins.str"})


@dataclass(frozen=True, slots=True)
class Identity:
    """One event as one site names it; a class and a topic may come together.

    `channel` is the topic that it shares with others, where what it carries names it. `task` is the dotted name of the
    function that runs a task, or the name by which it is asked for.
    """

    scope: Scope | None = None
    external: str = ""
    object: str = ""
    topic: Text | None = None
    namespace: str = ""
    location: Location | None = None
    transport: Transport = "in-process"
    dialect: str = ""
    channel: str | None = None
    task: str = ""

    @property
    def topic_id(self) -> str:
        return f"topic:{self.namespace}/{self.topic.value}" if self.topic is not None else ""

    @property
    def class_id(self) -> str:
        if self.scope is not None:
            return f"class:{self.scope.dotted}"
        return f"class:{self.external}" if self.external else ""

    @property
    def id(self) -> str:
        """The identity's own id, before several names of one event are joined."""
        if self.task:
            return f"task:{self.task}"
        if self.object:
            return f"object:{self.object}"
        return self.class_id or self.topic_id

    @property
    def is_pattern(self) -> bool:
        return self.topic is not None and any(mark in self.topic.value for mark in ("{}", "*", "#", ">"))


class Way(Protocol):
    """How events travel at a site, as far as identities say it."""

    @property
    def namespace(self) -> str: ...
    @property
    def transport(self) -> Transport: ...
    @property
    def dialect(self) -> str: ...


def class_identity(scope: Scope, way: Way, topic: Text | None = None) -> Identity:
    """The event that a class of the program is."""
    return Identity(scope, "", "", topic, way.namespace, None, way.transport, way.dialect)


def is_command(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether the class is a command or query: by its name, its bases, or the module it stands in."""
    if scope in evaluator.marked:
        return not evaluator.marked[scope]
    names = [scope.name, *(name.rpartition(".")[2] for name in evaluator.classes.names(scope))]
    if any(_last_words(name) & COMMAND_WORDS for name in names):
        return True
    return scope.module.name.rpartition(".")[2].lower() in COMMAND_WORDS and not sounds_past(scope.name)


def is_command_topic(identity: Identity) -> bool:
    """Whether a topic says itself that commands travel on it: `orders.commands`, `commands-orders`."""
    if identity.scope is not None or identity.external or identity.topic is None:
        return False
    words = [word.lower() for word in split(identity.topic.value)]
    return bool(words) and (words[-1] in COMMAND_WORDS or words[0] in COMMANDS)


def _last_words(name: str) -> set[str]:
    words = [word.lower() for word in split(name)]
    return {words[-1], words[0]} & COMMAND_WORDS if words else set()


def is_record(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether the class is a table row, an exception, or another kind of thing that is no event."""
    for name in evaluator.classes.names(scope):
        if name in PLAIN_BASES or name.startswith(TABLE_BASES):
            return True
    if evaluator.classes.is_enum(scope) or "__tablename__" in scope.bindings:
        return True
    if not PROTOCOLS.isdisjoint(evaluator.classes.bases(scope)):
        return True
    # What waits for others does something; a fact has been.
    line = (item for item in evaluator.classes.line(scope) if isinstance(item, Scope))
    return any(method.is_async for item in line for method in item.methods())


def is_event(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether the class is one of events by all that it says of itself."""
    return can_be_event(evaluator, scope) and sounds_like_event(evaluator, scope)


def sounds_like_event(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether the class, or a base of it, is named like an event: in the past tense or as an Event."""
    if scope in evaluator.marked:
        return evaluator.marked[scope]
    names = [scope.name, *(name.rpartition(".")[2] for name in evaluator.classes.names(scope))]
    return sounds_past(scope.name) or any(is_called_event(name) for name in names)


def is_called_event(name: str) -> bool:
    """Whether a class is called an event, a message or the like: by its last word that is not technical."""
    words = [word.lower() for word in split(name)]
    while len(words) > 1 and words[-1] in TECHNICAL:
        words.pop()
    return bool(words) and words[-1] in EVENT_WORDS


def takes_event(parameter: str) -> bool:
    """Whether a parameter is called as what takes an event, or the name of one."""
    return is_called_event(parameter) or NAME_OF_EVENT.match(parameter) is not None


def is_generic_event(name: str) -> bool:
    """Whether a class is named as events in general are: `DomainEvent`, `BaseEvent`."""
    words = {word.lower() for word in split(name)}
    return bool(words & EVENT_WORDS) and words <= EVENT_WORDS | TECHNICAL | GENERAL


def sounds_past(name: str) -> bool:
    """Whether the name states a fact."""
    return tense(name).kind == "past"


def names_fact(text: str) -> bool:
    """Whether a text is the name of something that has happened to something: `order.placed`, not a sentence."""
    return NAME.fullmatch(text) is not None and len(split(text)) > 1 and sounds_past(text)


def names_better(text: Text, topics: Sequence[Text], *, explicit: bool) -> bool:
    """Whether a type string says what happened, where the topics that it travels on do not.

    What is given as the type of an event, `explicit`, does so on a topic that is for all events.
    """
    if text.value in {topic.value for topic in topics} or "{}" in text.value:
        return False
    if explicit and topics and all(set(split(topic.value)) & ALL_EVENTS for topic in topics):
        return True
    return sounds_past(text.value) and not any(sounds_past(topic.value) for topic in topics)


def can_be_event(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether the class may be an event at all."""
    if scope in evaluator.marked:
        return evaluator.marked[scope]
    return not is_command(evaluator, scope) and not is_record(evaluator, scope)
