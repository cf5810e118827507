"""The four questions of the guideline, answered for each flow."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

import msgspec

from evlint.cli.analysis import analysed, configured
from evlint.cli.outputs import context_of, for_file, one_on_stdout, output, renderer
from evlint.cli.streams import write
from evlint.cli.summary import graph_summary
from evlint.model.run import Choice
from evlint.pack import packs
from evlint.rulebook import load
from evlint.rulebook.selection import select

if TYPE_CHECKING:
    from evlint.review import Touches

MODULES = {"text": "review_text", "markdown": "review_markdown"}


def review(arguments: Namespace) -> int:
    """Print what speaks for and against each flow; whether that is good enough is for people to say."""
    from evlint import app
    from evlint.review import RULES
    from evlint.review import review as ask

    config = configured(arguments)
    formats = one_on_stdout(arguments.format) or [("text", "")]
    selection = select(load(*packs()), _asked(config.choice, [code for codes in RULES.values() for code in codes]))
    analysis = analysed(arguments, config, None)
    run = app.check(analysis, selection, debug=arguments.debug)
    answers = ask(analysis.program, run.findings, _touches(arguments))
    context = context_of(arguments, formats, selection.rules, None)
    for name, file in formats:
        output(renderer(MODULES[name])(answers, for_file(context, file)), file)
    if not arguments.quiet:
        write(graph_summary(analysis.program, config.path, verbose=arguments.verbose), sys.stderr)
    return 0


def _asked(choice: Choice, codes: list[str]) -> Choice:
    """The rules that answer the questions, in preview or not, but for those that the configuration turns off."""
    return msgspec.structs.replace(choice, select=("EVL001",), extend_select=tuple(codes), ruleset=None)


def _touches(arguments: Namespace) -> Touches | None:
    if not arguments.diff_base:
        return None

    from evlint import revision

    return revision.change(revision.fork(arguments.diff_base)).touches
