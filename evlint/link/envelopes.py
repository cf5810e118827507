"""Objects that say themselves which event they carry: `Event(type="order.placed", data=...)`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evlint.link.arguments import bind, keyword, positional
from evlint.link.identities import is_called_event, is_generic_event, names_fact, sounds_past
from evlint.link.scopes import Scope
from evlint.link.texts import one_text
from evlint.link.values import Frame, Instance, Table, Text
from evlint.model.facts import Expression, Literal

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

KEYS = ("event_type", "eventType", "event_name", "eventName", "event", "type", "type_", "topic", "name", "kind")


def carried_name(evaluator: Evaluator, value: Instance, field: str = "") -> Text | None:
    """The name of the event that an envelope was made for.

    A bus that routes by `field` believes it; elsewhere the class must be called an event and the name state a fact.
    """
    if not isinstance(value.type, Scope) or value.call is None or value.frame is None:
        return None
    if not field and (sounds_past(value.type.name) or not is_called_event(value.type.name)):
        return None
    for name in (field,) if field else KEYS:
        place = _given(evaluator, value, name)
        text = one_text(evaluator, *place) if place is not None else None
        if text is not None and text.is_known and (field or sounds_past(text.value)):
            return text
    return None if field or not is_generic_event(value.type.name) else _fact(evaluator, value)


def _fact(evaluator: Evaluator, value: Instance) -> Text | None:
    """The fact that is given for any other field of a class of all events: `Event(key="order.placed", data=...)`."""
    assert isinstance(value.type, Scope)
    init = evaluator.classes.method(value.type, "__init__")
    fields = [item.name for item in init.arguments()] if init is not None else list(_fields(evaluator, value.type))
    for place in filter(None, (_given(evaluator, value, name) for name in fields)):
        text = one_text(evaluator, *place)
        if text is not None and names_fact(text.value):
            return text
    return None


def routed_names(evaluator: Evaluator, node: Expression, frame: Frame, field: str) -> list[Text]:
    """The names under which a bus that routes by `field` delivers what stands at a place."""
    found: list[Text] = []
    for value in evaluator.values(node, frame):
        if isinstance(value, Instance):
            text = carried_name(evaluator, value, field)
            found += [] if text is None else [text]
        elif isinstance(value, Table):
            for pair in value.node.items:
                if isinstance(pair.key, Literal) and pair.key.value == field:
                    text = one_text(evaluator, pair.value, value.frame)
                    found += [] if text is None else [text]
    return found


def _given(evaluator: Evaluator, value: Instance, field: str) -> tuple[Expression, Frame] | None:
    """What a field was given when the object was made."""
    assert isinstance(value.type, Scope)
    assert value.call is not None
    assert value.frame is not None
    init = evaluator.classes.method(value.type, "__init__")
    if init is not None:
        return bind(init, value.call, value.frame).get(field)
    node = keyword(value.call, field)
    if node is None:
        fields = list(_fields(evaluator, value.type))
        node = positional(value.call, fields.index(field)) if field in fields else None
    return None if node is None else (node, value.frame)


def _fields(evaluator: Evaluator, scope: Scope) -> Iterable[str]:
    """The annotated names of a class and its bases, in the order in which a constructor takes them."""
    found: dict[str, None] = {}
    for base in reversed(evaluator.classes.line(scope)):
        if isinstance(base, Scope):
            found.update(
                (name, None)
                for name, bindings in base.bindings.items()
                if any(binding.kind == "value" and binding.annotation is not None for binding in bindings)
            )
    return found
