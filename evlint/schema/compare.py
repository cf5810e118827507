"""Compare two contracts of one event, in both directions.

Backward: can new code read old events, as a replay or a dead letter brings them? Forward: can code that is deployed
read new events? Publishers send just the fields that they know, consumers ignore those that they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from evlint.model.contract import Compatibility, Contract, FieldContract, TypeContract
from evlint.schema.types import names, parse, reads, renamed

Verdict = Literal["ok", "risky", "breaks"]
Kind = Literal[
    "added",
    "removed",
    "renamed",
    "retyped",
    "required",
    "optional",
    "default",
    "values",
    "limits",
    "order",
    "event",
    "reused",
]
ALIKE = 0.6


class SchemaChange(msgspec.Struct, frozen=True, order=True):
    """One difference. `field` is its place, as `lines.sku`; `top` the event's own field that it lies in.

    `closed` says that a reader which refuses unknown fields breaks as well.
    """

    field: str
    kind: Kind
    text: str
    backward: Verdict
    forward: Verdict
    top: str = ""
    closed: bool = False
    hint: str = ""

    def breaks(self, mode: Compatibility) -> bool:
        """Whether the change breaks what the mode demands."""
        return (mode in ("backward", "full") and self.backward == "breaks") or (
            mode in ("forward", "full") and self.forward == "breaks"
        )

    @property
    def risky(self) -> bool:
        return "risky" in (self.backward, self.forward)

    @property
    def direction(self) -> str:
        """Who is hit, in words."""
        hit = [
            words
            for verdict, words in (
                (self.backward, "new code cannot read old events"),
                (self.forward, "deployed consumers cannot read new events"),
            )
            if verdict == "breaks"
        ]
        return " and ".join(hit)


def compare(old: Contract, new: Contract) -> tuple[SchemaChange, ...]:
    """All differences between two contracts."""
    found = list(_fields(old.fields, new.fields, old.types, new.types, ""))
    found.extend(_reused(old, new))
    if old.positional and new.positional:
        found.extend(_order(old, new))
    if old.names and new.names and not set(old.names) & set(new.names):
        text = f"it is sent as `{new.names[0]}`, no longer as `{old.names[0]}`"
        found.append(SchemaChange("", "event", text, "breaks", "breaks", hint="send it under both names for a while"))
    return tuple(sorted(set(found)))


def _fields(
    old: Sequence[FieldContract],
    new: Sequence[FieldContract],
    old_types: Sequence[TypeContract],
    new_types: Sequence[TypeContract],
    place: str,
    seen: frozenset[str] = frozenset(),
) -> Iterator[SchemaChange]:
    before = {field.key: field for field in old}
    after = {field.key: field for field in new}
    gone = [field for field in old if field.key not in after]
    fresh = [field for field in new if field.key not in before]
    for one, other in _renamed(gone, fresh, old, new):
        gone.remove(one)
        fresh.remove(other)
        yield _rename(one, other, place)
    yield from (_removal(field, place) for field in gone)
    yield from (_addition(field, place) for field in fresh)
    for key in before.keys() & after.keys():
        pairs = _pairs(before[key], after[key], old_types, new_types)
        spelled = {second.name: first.name for first, second in pairs}
        yield from _field(before[key], after[key], place, spelled)
        for first, second in pairs:
            if second.name not in seen:
                yield from _type(first, second, old_types, new_types, f"{place}{key}", seen | {second.name})


def _pairs(
    old: FieldContract, new: FieldContract, old_types: Sequence[TypeContract], new_types: Sequence[TypeContract]
) -> list[tuple[TypeContract, TypeContract]]:
    """The classes that a field held and holds, each with what became of it; a class's name does not travel."""
    before = {item.name: item for item in old_types if item.name in names(parse(old.type))}
    after = {item.name: item for item in new_types if item.name in names(parse(new.type))}
    pairs = [(before[name], after[name]) for name in sorted(before.keys() & after.keys())]
    gone, fresh = before.keys() - after.keys(), after.keys() - before.keys()
    if len(gone) == len(fresh) == 1:
        pairs.append((before[next(iter(gone))], after[next(iter(fresh))]))
    return pairs


def _type(
    old: TypeContract,
    new: TypeContract,
    old_types: Sequence[TypeContract],
    new_types: Sequence[TypeContract],
    place: str,
    seen: frozenset[str],
) -> Iterator[SchemaChange]:
    top = place.partition(".")[0]
    if old.values or new.values:
        added = [value for value in new.values if value not in old.values]
        removed = [value for value in old.values if value not in new.values]
        if removed:
            text = f"`{place}`: {_list(removed)} taken out of `{new.name}`"
            yield SchemaChange(place, "values", text, "breaks", "ok", top, hint="keep it, and stop sending it")
        if added:
            text = f"`{place}`: {_list(added)} added to `{new.name}`"
            yield SchemaChange(place, "values", text, "ok", "breaks", top, hint="teach the consumers first")
        return
    yield from _fields(old.fields, new.fields, old_types, new_types, f"{place}.", seen)


def _list(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _renamed(
    gone: Sequence[FieldContract],
    fresh: Sequence[FieldContract],
    old: Sequence[FieldContract],
    new: Sequence[FieldContract],
) -> list[tuple[FieldContract, FieldContract]]:
    """Pairs of a field that went and one that came which are probably the same: of one type, alike or in one place."""
    found: list[tuple[FieldContract, FieldContract]] = []
    left = list(fresh)
    for one in gone:
        for other in left:
            same_place = old.index(one) == new.index(other) and len(gone) == len(fresh)
            if parse(one.type) == parse(other.type) and (same_place or _alike(one.key, other.key)):
                found.append((one, other))
                left.remove(other)
                break
    return found


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= ALIKE


def _rename(old: FieldContract, new: FieldContract, place: str) -> SchemaChange:
    text = f"`{place}{old.key}` renamed to `{new.key}`"
    hint = "add the new field, send both, and remove the old one later"
    top = (place or old.key).partition(".")[0]
    # Where both are optional nothing fails, and the value is lost without a word: that is no better.
    return SchemaChange(f"{place}{old.key}", "renamed", text, "breaks", "breaks", top, closed=True, hint=hint)


def _removal(field: FieldContract, place: str) -> SchemaChange:
    forward: Verdict = "breaks" if field.required else "ok"
    text = f"`{place}{field.key}` removed"
    top = (place or field.key).partition(".")[0]
    hint = "make it optional first, and remove it when no consumer reads it" if field.required else ""
    return SchemaChange(f"{place}{field.key}", "removed", text, "ok", forward, top, closed=True, hint=hint)


def _addition(field: FieldContract, place: str) -> SchemaChange:
    backward: Verdict = "breaks" if field.required else "ok"
    text = f"`{place}{field.key}` added{' without a default' if field.required else ''}"
    hint = "give it a default" if field.required else ""
    top = (place or field.key).partition(".")[0]
    return SchemaChange(f"{place}{field.key}", "added", text, backward, "ok", top, closed=True, hint=hint)


def _field(old: FieldContract, new: FieldContract, place: str, spelled: Mapping[str, str]) -> Iterator[SchemaChange]:
    name = f"{place}{old.key}"
    top = name.partition(".")[0]
    one, other = parse(old.type), renamed(parse(new.type), spelled)
    if one != other:
        backward: Verdict = "ok" if reads(other, one) else "breaks"
        forward: Verdict = "ok" if reads(one, other) else "breaks"
        if "breaks" in (backward, forward):
            text = f"`{name}` changed from `{old.type}` to `{new.type}`"
            yield SchemaChange(
                name, "retyped", text, backward, forward, top, hint="add a field of the new type beside it"
            )
    if old.required and not new.required:
        text = f"`{name}` no longer required"
        yield SchemaChange(name, "optional", text, "ok", "risky", top)
    elif new.required and not old.required:
        text = f"`{name}` newly required"
        yield SchemaChange(name, "required", text, "breaks", "ok", top, hint="keep the default")
    elif old.default != new.default:
        text = f"`{name}` defaults to `{new.default}`, no longer to `{old.default}`"
        yield SchemaChange(name, "default", text, "risky", "ok", top)
    yield from _limits(old, new, name, top)


def _limits(old: FieldContract, new: FieldContract, name: str, top: str) -> Iterator[SchemaChange]:
    before, after = dict(old.limits), dict(new.limits)
    for limit in sorted({*before, *after}):
        one, other = before.get(limit), after.get(limit)
        if one == other:
            continue
        tighter, looser = _tightened(limit, one, other)
        text = f"`{name}`: `{limit}` is {other or 'no longer limited'}{f', was {one}' if one else ''}"
        yield SchemaChange(name, "limits", text, "breaks" if tighter else "ok", "breaks" if looser else "ok", top)


def _tightened(limit: str, old: str | None, new: str | None) -> tuple[bool, bool]:
    """Whether the new limit allows less than the old one, and whether it allows more."""
    if old is None or new is None:
        return old is None, new is None
    try:
        grows = float(new) > float(old)
    except ValueError:
        return True, True
    if limit in ("gt", "ge", "min_length"):
        return grows, not grows
    return (not grows, grows) if limit in ("lt", "le", "max_length") else (True, True)


def _reused(old: Contract, new: Contract) -> Iterator[SchemaChange]:
    """Names of removed fields that have come back as something else."""
    graves = {field.key: field for field in old.removed}
    for field in new.fields:
        grave = graves.get(field.key)
        if grave is not None and parse(grave.type) != parse(field.type):
            text = f"`{field.key}` was removed as `{grave.type}` and comes back as `{field.type}`"
            yield SchemaChange(field.key, "reused", text, "breaks", "breaks", field.key, hint="choose another name")


def _order(old: Contract, new: Contract) -> Iterator[SchemaChange]:
    before = [field.name for field in old.fields]
    after = [field.name for field in new.fields]
    if before != after[: len(before)] and set(before) <= set(after):
        text = "the order of the fields of a tuple changed"
        yield SchemaChange("", "order", text, "breaks", "breaks", hint="add fields at the end")
