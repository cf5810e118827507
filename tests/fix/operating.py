"""Fix programs that stand in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evlint.app import Analysis, analyse_sources, check
from evlint.fix.passes import Fixed, Operation
from evlint.model.finding import Finding
from evlint.model.program import Program
from evlint.model.run import Choice, Override
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.selection import Selection, select

PAGES = load(builtin())
BUS = """\
from collections import defaultdict


class EventBus:
    def __init__(self):
        self._handlers = defaultdict(list)

    def subscribe(self, event_type, handler):
        self._handlers[event_type].append(handler)

    def publish(self, event):
        for handler in self._handlers[type(event)]:
            handler(event)


bus = EventBus()
"""


def found(sources: Mapping[str, str], selection: Selection) -> tuple[Sequence[Finding], Program]:
    """What the selected rules find in a program."""
    program = analyse_sources(sources)
    return check(Analysis(program), selection, debug=True).findings, program


def operate(sources: Mapping[str, str], *codes: str, unsafe: bool = False) -> Fixed:
    """Fix what the rules of these codes, and beginnings of codes, find, in tests too."""
    in_tests = Override(paths=("tests/",), severity=dict.fromkeys(codes, "warning"))
    selection = select(PAGES, Choice(select=codes, overrides=(in_tests,)))

    def judge(contents: Mapping[str, bytes]) -> tuple[Sequence[Finding], Program]:
        return found({**sources, **{path: data.decode() for path, data in contents.items()}}, selection)

    operation = Operation(
        judge, frozenset(sources), lambda path: sources[path].encode(), unsafe=unsafe, wanted=lambda _: True
    )
    return operation.run()


def texts(sources: Mapping[str, str], fixed: Fixed) -> dict[str, str]:
    """The program after its fixes."""
    return {**sources, **{path: data.decode() for path, data in fixed.contents.items()}}


def sent(event: str, arguments: str = "1") -> str:
    """A module that publishes and handles the event of that name from `events`."""
    return f"""\
from bus import bus
from events import {event}


def place():
    bus.publish({event}({arguments}))


def confirm(event):
    print(event)


bus.subscribe({event}, confirm)
"""
