"""Bring a lock up to date with a program; what was promised is kept, and what was removed is remembered."""

from __future__ import annotations

from evlint.model.contract import Contract, FieldContract, Lock
from evlint.schema.judge import Standing
from evlint.schema.lockfile import version_order


def updated(lock: Lock, current: Lock, standing: Standing) -> Lock:
    """The lock with the program's contracts in it; breaking changes must have been accepted before."""
    gone = {item.event for item in standing.gone} | {old for old, _ in standing.moved}
    kept = {(item.event, item.version): item for item in lock.contracts if item.event not in gone}
    for contract in current.contracts:
        key = (contract.event, contract.version)
        kept[key] = _grown(kept.get(key), contract)
    present = {event for event, _ in kept}
    ordered = sorted(kept.values(), key=lambda item: (item.event, version_order(item.version)))
    return Lock(tuple(ordered), tuple(sorted((set(lock.retired) | gone) - present)), lock.compatibility)


def _grown(old: Contract | None, new: Contract) -> Contract:
    """The new contract with a tombstone for each field that the old one had."""
    if old is None:
        return new
    present = {field.key for field in new.fields}
    graves: dict[str, FieldContract] = {field.key: field for field in (*old.removed, *old.fields)}
    removed = tuple(
        sorted((field for key, field in graves.items() if key not in present), key=lambda field: field.name)
    )
    return Contract(
        new.event, new.version, new.names, new.owners, new.fields, new.types, removed, positional=new.positional
    )
