"""Join the several names of one event: a class, the topic it travels on, the type string it carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evlint.link.definitions import type_strings
from evlint.link.evaluate import Evaluator
from evlint.link.identities import Identity
from evlint.link.scopes import Scope
from evlint.link.tasks import TaskNames


@dataclass(slots=True)
class Joined:
    """One event: the id it is known by, and all that names it."""

    id: str
    identities: list[Identity] = field(default_factory=list)
    aliases: set[str] = field(default_factory=set)


class Names:
    """Says under which id an identity is known, once all identities have been seen."""

    def __init__(self, evaluator: Evaluator, identities: Iterable[Identity], declared: Iterable[Scope]) -> None:
        self._evaluator = evaluator
        seen = list(dict.fromkeys(identities))
        classes = {item.scope for item in seen if item.scope is not None} | set(declared)
        self._by_topic = self._travelling([item for item in seen if not item.task])
        self._tasks = TaskNames(seen)
        self._by_text = self._carried(classes)

    def _travelling(self, seen: list[Identity]) -> dict[str, str]:
        """Topics on which exactly one class travels that travels on no other."""
        classes: dict[str, set[str]] = {}
        topics: dict[str, set[str]] = {}
        for item in seen:
            if item.class_id and item.topic is not None and not item.is_pattern:
                classes.setdefault(item.topic_id, set()).add(item.class_id)
                topics.setdefault(item.class_id, set()).add(item.topic_id)
        return {
            topic: next(iter(found))
            for topic, found in classes.items()
            if len(found) == 1 and len(topics[next(iter(found))]) == 1
        }

    def _carried(self, classes: set[Scope]) -> dict[str, str]:
        """Strings that exactly one class has as its event type."""
        found: dict[str, set[str]] = {}
        for scope in classes:
            for text in type_strings(self._evaluator, scope):
                found.setdefault(text.value, set()).add(f"class:{scope.dotted}")
        return {text: next(iter(ids)) for text, ids in found.items() if len(ids) == 1}

    def id_of(self, identity: Identity) -> str:
        """The id of the event that `identity` names."""
        if identity.task:
            return self._tasks.id_of(identity)
        if identity.object or identity.class_id:
            return identity.id
        topic = self._by_topic.get(identity.topic_id)
        if topic is not None:
            return topic
        text = identity.topic.value if identity.topic is not None else ""
        return self._by_text.get(text, identity.topic_id)

    def aliases(self, event: str) -> set[str]:
        """The other names of a class event."""
        topics = {topic.partition("/")[2] for topic, known in self._by_topic.items() if known == event}
        return topics | {text for text, known in self._by_text.items() if known == event}
