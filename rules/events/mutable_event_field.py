"""Find containers that can be changed inside events that cannot."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.flow import Flow
from evlint.model.finding import Cause, Cure, Finding
from evlint.model.program import EventType, Field
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
WRITTEN = frozenset({"dataclass", "attrs", "pydantic", "msgspec", "namedtuple"})
# Types without an immutable sister that is written alike.
UNCHANGING = frozenset({"Counter", "ndarray", "DataFrame"})
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
                    cause=_cause(rule, field, remedy),
                    cure=_cure(event, field),
                )


def _cause(rule: Rule, field: Field, remedy: str) -> Cause:
    """The class that declares the field for all that derive from it."""
    owner = field.declared_in.rpartition(".")[2]
    summary = (
        f"events have the field `{field.name}: {field.type}` of `{owner}`, which can be changed; use {remedy} there"
    )
    return Cause(f"{rule.code} {field.declared_in}.{field.name}", summary, 2)


def _cure(event: EventType, field: Field) -> Cure | None:
    """Another type, where there is one; what reads the field may count on the old."""
    names = {name.rpartition(".")[2] for name in field.types if name.startswith(MODULES)}
    if event.form not in WRITTEN or names & UNCHANGING:
        return None
    return Cure("immutable", f"Make `{field.name}` immutable", "unsafe", event.id, (field.name,))


def _remedy(field: Field) -> str:
    for name in field.types:
        if name.startswith(MODULES):
            remedy = REMEDIES.get(name.rpartition(".")[2])
            if remedy:
                return remedy
    return ""
