"""The command line of the bus."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from evlint.bus.bus import Bus, open_database
from evlint.bus.database import Database
from evlint.bus.errors import BusError
from evlint.bus.operations import dead_letters, diagnose, drop, prune, redrive, retire

EPILOG = """exit codes: 0 all is well, 1 there is something to look at, 2 the command could not be run"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (BusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evlint.bus", description=__doc__, epilog=EPILOG)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("target", metavar="BUS", help="module:attribute, or the URL or path of a database")
        command.set_defaults(command=function)
        return command

    add("run", _run, "run the handlers until SIGTERM").add_argument("--workers", type=int, default=1, metavar="N")
    _selecting(add("dead-letters", _dead_letters, "list dead letters; exit code 1 if there are any"))
    again = add("redrive", _redrive, "let dead letters be tried again")
    _selecting(again)
    again.add_argument("--rate", type=float, default=0.0, metavar="N", help="so many a second, not all at once")
    _selecting(add("drop", _drop, "give dead letters up for good; what they hold up goes on"))
    add("doctor", _doctor, "say what deserves attention; exit code 1 if anything does")
    tidy = add("prune", _prune, "forget events whose deliveries all ended some time ago")
    tidy.add_argument("--older-than", type=float, default=7.0, metavar="DAYS")
    add("retire", _retire, "end the subscription of a handler that is gone").add_argument("handler")
    return parser


def _selecting(command: argparse.ArgumentParser) -> None:
    command.add_argument("--handler", default="", metavar="ID")
    command.add_argument("--event", default="", metavar="ID")
    command.add_argument("--fingerprint", default="", metavar="HEX", help="letters that died of the same error")


def _selection(options: argparse.Namespace) -> dict[str, Any]:
    return {"handler": options.handler, "event": options.event, "fingerprint": options.fingerprint}


def _run(options: argparse.Namespace) -> int:
    bus = _bus(options.target)
    if bus is None:
        raise BusError(f"run needs the code of the handlers: name it as module:attribute, not as {options.target}")
    bus.run(options.workers)
    return 0


def _dead_letters(options: argparse.Namespace) -> int:
    letters = dead_letters(_database(options.target), **_selection(options))
    for letter in letters:
        key = "" if letter.key is None else f" key {letter.key}"
        _say(
            f"{letter.handler}: {letter.type} {letter.event_id}{key}: {letter.reason} after {letter.attempts} attempts"
        )
        _say(f"    {letter.error or ''} [{letter.fingerprint}]")
    _say(f"{len(letters)} dead letters")
    return int(bool(letters))


def _redrive(options: argparse.Namespace) -> int:
    _say(f"{redrive(_database(options.target), **_selection(options), rate=options.rate)} deliveries are due again")
    return 0


def _drop(options: argparse.Namespace) -> int:
    _say(f"{drop(_database(options.target), **_selection(options))} dead letters dropped")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    bus = _bus(options.target)
    handlers = None if bus is None else set(bus.subscriptions)
    found = diagnose(_database(options.target), handlers)
    for link in [] if bus is None else bus.links:
        found += asyncio.run(link.health())
    for sentence in found:
        _say(sentence)
    _say(f"{len(found)} things deserve attention" if found else "all is well")
    return int(bool(found))


def _prune(options: argparse.Namespace) -> int:
    _say(f"{prune(_database(options.target), options.older_than * 86_400)} events forgotten")
    return 0


def _retire(options: argparse.Namespace) -> int:
    _say(f"{options.handler} is retired; {retire(_database(options.target), options.handler)} deliveries dropped")
    return 0


def _bus(target: str) -> Bus | None:
    """Import `module:attribute`; None if the target names a database."""
    module, colon, attribute = target.partition(":")
    if not colon or "/" in target or not attribute.isidentifier():
        return None
    sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise BusError(f"{target} cannot be loaded: {error}") from error
    if not isinstance(found, Bus):
        raise BusError(f"{target} is a {type(found).__name__}, and a Bus is wanted")
    return found


def _database(target: str) -> Database:
    if bus := _bus(target):
        return bus.database
    if "://" not in target and not os.path.exists(target):
        raise BusError(f"there is no database {target}")
    database = open_database(target)
    database.prepare()
    return database


def _say(line: str) -> None:
    # What comes out of events may hold anything; a terminal must not act on it.
    print("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line))  # noqa: T201
