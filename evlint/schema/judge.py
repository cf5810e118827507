"""Judge the contracts of a program against those that were promised, and name the handlers that a change breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from evlint.flow import Flow
from evlint.model.contract import Compatibility, Contract, Lock
from evlint.model.program import EventType, Subscription
from evlint.model.source import Location
from evlint.schema.compare import SchemaChange, compare
from evlint.schema.contracts import contracts, name_of


class Hit(msgspec.Struct, frozen=True, order=True):
    """A handler that a change breaks, and why."""

    location: Location
    handler: str
    why: str


class Judgement(msgspec.Struct, frozen=True):
    """One change of one event, held against a promise."""

    event: str
    version: str
    against: str
    change: SchemaChange
    breaking: bool
    hits: tuple[Hit, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """How a program stands to a lock: what changed, what the lock does not know, and what is gone."""

    judgements: tuple[Judgement, ...] = ()
    unknown: tuple[Contract, ...] = ()
    raised: tuple[Contract, ...] = ()
    gone: tuple[Contract, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()

    @property
    def is_broken(self) -> bool:
        return bool(self.gone or self.moved or any(item.breaking for item in self.judgements))


def stand(flow: Flow, lock: Lock, mode: Compatibility = "full") -> Standing:
    """Hold every contract of the program against every locked one of the same event and major version."""
    current = contracts(flow.program)
    lock = aligned(lock, current)
    events = {name_of(event): event for event in flow.program.events}
    judgements: list[Judgement] = []
    unknown: list[Contract] = []
    raised: list[Contract] = []
    for contract in (_dated(item, events[item.event], lock) for item in current.contracts):
        promised = lock.of(contract.event)
        if not promised:
            unknown.append(contract)
        elif all(item.version != contract.version for item in promised):
            raised.append(contract)
        judgements.extend(_judged(flow, events[contract.event], contract, promised, mode))
    known = {contract.event for contract in current.contracts}
    gone = {item.event: item for item in lock.contracts if item.event not in known}
    moved = _moved(gone, unknown)
    return Standing(
        judgements=tuple(judgements),
        unknown=tuple(item for item in unknown if item.event not in moved.values()),
        raised=tuple(raised),
        gone=tuple(item for name, item in sorted(gone.items()) if name not in moved),
        moved=tuple(sorted(moved.items())),
    )


def _dated(contract: Contract, event: EventType, lock: Lock) -> Contract:
    """The contract with its newest locked version where the program states none.

    A topic may state it that is named in a file which was not read this time.
    """
    promised = lock.of(contract.event)
    if event.version or not promised or any(item.version == contract.version for item in promised):
        return contract
    return msgspec.structs.replace(contract, version=promised[-1].version)


def aligned(lock: Lock, current: Lock) -> Lock:
    """The lock with its events spelled as the program spells them.

    A module's name depends on the folder that evlint runs in: `src.shop.events` from above is `shop.events` inside.
    """
    locked = {item.event for item in lock.contracts}
    spelled: dict[str, str] = {}
    for event in sorted({item.event for item in current.contracts} - locked):
        near = [name for name in locked if name.endswith(f".{event}") or event.endswith(f".{name}")]
        if len(near) == 1 and near[0] not in spelled:
            spelled[near[0]] = event
    if not spelled:
        return lock
    renamed = (msgspec.structs.replace(item, event=spelled.get(item.event, item.event)) for item in lock.contracts)
    return msgspec.structs.replace(lock, contracts=tuple(renamed))


def _judged(
    flow: Flow, event: EventType, contract: Contract, promised: tuple[Contract, ...], mode: Compatibility
) -> Iterator[Judgement]:
    said: set[tuple[str, str]] = set()
    # The newest promise first: what it says need not be said again of older ones.
    same = sorted(
        (item for item in promised if item.major == contract.major), key=lambda item: item.version != contract.version
    )
    for old in same:
        if contract.event.startswith("topic:") and not set(old.owners) <= set(contract.owners):
            # What dicts have in common is only known where all who send them were read.
            continue
        fresh = [change for change in compare(old, contract) if (change.field, change.kind) not in said]
        said.update((change.field, change.kind) for change in fresh)
        for change in fresh:
            hits = tuple(sorted(_hits(flow, event, change)))
            breaking = mode != "none" and (change.breaks(mode) or bool(hits))
            yield Judgement(contract.event, contract.version, old.version, change, breaking, hits)


def _hits(flow: Flow, event: EventType, change: SchemaChange) -> Iterator[Hit]:
    """The handlers that the change breaks: they read what is gone or means another thing, or refuse what is new."""
    for subscription in flow.subscriptions_to(event.id):
        if change.kind == "added":
            if event.strict and subscription.typed and change.backward == "ok" and _is_elsewhere(flow, subscription):
                yield Hit(subscription.location, subscription.handler, "refuses fields that it does not know")
            continue
        if change.kind not in ("removed", "renamed", "retyped", "values"):
            continue
        for read in subscription.reads:
            if read.name == change.top and (read.manner != "get" or change.kind == "retyped"):
                yield Hit(read.location, subscription.handler, f"reads `{read.name}`")


def _is_elsewhere(flow: Flow, subscription: Subscription) -> bool:
    """Whether the handler is deployed apart from the publishers, so that it may still be of yesterday."""
    services = {item.service for item in flow.publications_of(subscription.event)}
    return subscription.service not in services


def _moved(gone: Mapping[str, Contract], unknown: list[Contract]) -> dict[str, str]:
    """Events that went and came back under another name: of the same fields, and of the same last name or place."""
    found: dict[str, str] = {}
    for name, old in sorted(gone.items()):
        for new in unknown:
            same_fields = bool(old.fields) and {field.key for field in old.fields} == {
                field.key for field in new.fields
            }
            same_name = name.rpartition(".")[2] == new.event.rpartition(".")[2]
            same_place = name.rpartition(".")[0] == new.event.rpartition(".")[0]
            if new.event not in found.values() and (same_name or (same_fields and same_place)):
                found[name] = new.event
                break
    return found
