"""Find containers that can be changed inside events that cannot."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.program import Field
from evlint.model.rule import Rule

REMEDIES = {
    "list": "tuple",
    "List": "tuple",
    "MutableSequence": "tuple",
    "deque": "tuple",
    "set": "frozenset",
    "Set": "frozenset",
    "MutableSet": "frozenset",
    "dict": "a frozen class or a tuple of pairs",
    "Dict": "a frozen class or a tuple of pairs",
    "defaultdict": "a frozen class or a tuple of pairs",
    "OrderedDict": "a frozen class or a tuple of pairs",
    "Counter": "a tuple of pairs",
    "MutableMapping": "a frozen class or a tuple of pairs",
    "bytearray": "bytes",
    "ndarray": "bytes or a tuple",
    "DataFrame": "a tuple of frozen rows",
}
MODULES = ("builtins.", "typing.", "collections.", "numpy.", "pandas.")


def check(flow: Flow, rule: Rule) -> Iterator[Finding]:
    for event in flow.program.events:
        if event.mutability != "frozen" or event.has_subclasses:
            continue
        for field in event.fields:
            remedy = _remedy(field)
            if remedy:
                yield rule.finding(
                    field.location,
                    f"field `{field.name}: {field.type}` of event `{event.name}` can be changed; use {remedy}",
                    event=event.name,
                    key=f"{event.name}.{field.name}",
                )


def _remedy(field: Field) -> str:
    for name in field.types:
        if name.startswith(MODULES):
            remedy = REMEDIES.get(name.rpartition(".")[2])
            if remedy:
                return remedy
    return ""
