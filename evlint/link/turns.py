"""Registrations in a loop over a literal: each turn pairs one event with its handlers.

`for event, handlers in {OrderPlaced: [bill, ship]}.items(): …`, here or where the caller wrote the literal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evlint.link.evaluate import Evaluator
from evlint.link.readings import Emitter, Reader, Reading
from evlint.link.scopes import Site
from evlint.link.values import Frame, Items, Table
from evlint.model.facts import Call, Expression, Pair, Sequence

# A literal with more entries than people write by hand is data.
MOST = 256


def turns(evaluator: Evaluator, emitter: Emitter, site: Site, whole: Reading) -> list[tuple[Site, Reading]]:
    """What a registration says in each turn of the loop that it stands in, each at the entry that says so.

    What it says as a `whole` stands where no entry pairs an event with a handler, and there is nothing to pair.
    """
    clear = 1 in (len(whole.identities), len(whole.handlers)) and bool(whole.identities and whole.handlers)
    loops: dict[int, Items | Table] = {}
    emitter.read(site.call, Frame(site.scope, loops=loops))
    for literal in loops.values():
        if clear and not all(isinstance(entry, Pair | Sequence) for entry in literal.node.items):
            continue
        reader = Reader(evaluator, emitter.manner)
        found: list[tuple[Site, Reading]] = []
        for number, entry in enumerate(literal.node.items[:MOST]):
            reading = emitter.read(site.call, Frame(site.scope, choices={id(literal.node): number}))
            if reading.identities and reading.handlers:
                found.extend(_placed(reader, entry, literal.frame, reading))
        if found:
            return found
    return []


def _placed(reader: Reader, entry: Expression | Pair, frame: Frame, reading: Reading) -> Iterator[tuple[Site, Reading]]:
    """One turn's handlers, each where the entry names it, else where the entry begins."""
    key, held = _parts(entry)
    named = {handler.scope: handler.place for node in held for handler in reader.handlers([(node, frame)])}
    for handler in reading.handlers:
        span = named.get(handler.scope) or key.span
        site = Site(Call(key, (), span), frame.scope, "passed")
        yield site, replace(reading, handlers=(replace(handler, place=None),))


def _parts(entry: Expression | Pair) -> tuple[Expression, tuple[Expression, ...]]:
    """What stands first in an entry, and all in it that may name a handler."""
    match entry:
        case Pair(key=key, value=value):
            return key or value, (value,)
        case Sequence(items=items) if items:
            return items[0], items
        case Call():
            return entry, tuple(argument.value for argument in entry.args)
    return entry, ()


__all__ = ["turns"]
