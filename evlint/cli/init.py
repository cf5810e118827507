"""`evlint init`: what is there, what evlint makes of it, and what would put it to use."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from evlint.cli.analysis import configured, request
from evlint.cli.proposal import Piece, apply, propose
from evlint.cli.streams import progress, write
from evlint.model.source import Location
from evlint.report.escape import terminal
from evlint.survey import Survey, Undeclared, survey

EXAMPLES = 2
MOST_UNRESOLVED = 5
HEADINGS = {"create": "to be created", "add": "to be added at its end", "by hand": "to be added by hand"}


def init(arguments: Namespace) -> int:
    """Print what is recognised and the proposal; with `--write`, write what is not there yet."""
    config = configured(arguments)
    with progress(enabled=sys.stderr.isatty() and not arguments.debug) as report:
        found = survey(msgspec.structs.replace(request(arguments, config), progress=report))
    write(_lines(_recognised(found)))

    import evlint

    pieces = propose(found, config, Path.cwd(), evlint.__version__)
    write(_lines(_written(pieces) if arguments.write else _proposed(pieces)))
    return 0


def _lines(lines: Iterator[str]) -> str:
    return "".join(f"{terminal(line)}\n" for line in lines)


def _recognised(found: Survey) -> Iterator[str]:
    program = found.program
    yield (
        f"{_count(program.analysed, 'file')}: {_count(len(program.events), 'event')}, "
        f"{_count(len(program.publications), 'publication')}, {_count(len(program.subscriptions), 'subscription')}, "
        f"{_count(len(program.services), 'service')}"
    )
    if found.recognised:
        yield from ("", "Recognised")
        for item in found.recognised:
            yield f"  {item.title}: {_counts(len(item.publications), len(item.subscriptions))}"
            yield f"    {_places((*item.publications[:1], *item.subscriptions[:1]))}"
    if found.undeclared:
        yield from ("", "Not recognised, and seems to be a bus")
        for bus in found.undeclared:
            yield from _undeclared(bus)
    if found.unresolved:
        yield from ("", f"{_count(len(found.unresolved), 'place')} whose event has no name in the code")
        for gap in found.unresolved[:MOST_UNRESOLVED]:
            yield f"  {_place(gap.location)}: a {gap.role}; {gap.reason}"
        yield "  `evlint why PATH:LINE` tells more about any of them"
    if found.off:
        yield from ("", f"Imported, with dialects that are off: {', '.join(title for _, title in found.off)}")


def _undeclared(bus: Undeclared) -> Iterator[str]:
    where = f" ({_place(bus.location)})" if bus.location is not None else ", which is not in this program"
    yield f"  {bus.bus.of}{where}: {_count(len(bus.calls), 'call')}, such as {_places(bus.calls[:EXAMPLES])}"
    yield f"    declared as `bus.{bus.name}`, it adds {_counts(bus.publications, bus.subscriptions)}"


def _proposed(pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        yield from ("", f"--- {_shown(piece.path)}, {HEADINGS[piece.how]}", *piece.text.strip().splitlines())
    ready = [piece for piece in pieces if piece.how != "by hand"]
    if ready:
        yield from ("", f"`evlint init --write` writes {' and '.join(_shown(piece.path) for piece in ready)}")
    elif not pieces:
        yield from ("", "The configuration, the hook and the job are all there")


def _written(pieces: Sequence[Piece]) -> Iterator[str]:
    yield ""
    for piece in pieces:
        if piece.how == "by hand":
            yield from (f"--- {_shown(piece.path)}, {HEADINGS[piece.how]}", *piece.text.strip().splitlines())
        else:
            apply(piece)
            yield f"{'Created' if piece.how == 'create' else 'Added to'} {_shown(piece.path)}"
    if not pieces:
        yield "The configuration, the hook and the job are all there"


def _shown(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def _places(places: Sequence[Location]) -> str:
    return ", ".join(map(_place, places))


def _place(place: Location) -> str:
    return f"{place.path}:{place.line}"


def _counts(publications: int, subscriptions: int) -> str:
    parts = (publications, "publication"), (subscriptions, "subscription")
    return ", ".join(_count(number, noun) for number, noun in parts if number) or "nothing"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
