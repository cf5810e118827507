"""The flow as a graph, questions about it, and what a change does to it."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from evlint.cli.analysis import analysed, configured
from evlint.cli.outputs import context_of, for_file, one_on_stdout, output, renderer
from evlint.cli.streams import write
from evlint.cli.summary import graph_summary
from evlint.config import Config
from evlint.model.errors import UsageError
from evlint.report.context import Context
from evlint.report.escape import terminal

if TYPE_CHECKING:
    from evlint.app import Analysis
    from evlint.model.program import EventType, Program

MODULES = {"text": "tree", "json": "graph_json", "mermaid": "mermaid", "dot": "dot"}
CHANGE_MODULES = {"text": "change_text", "json": "change_json", "markdown": "change_markdown"}


def graph(arguments: Namespace) -> int:
    """Show the event flow, a part of it, or how it differs from another state of the program."""
    asked = [name for name in ("start", "path", "service", "diff") if getattr(arguments, name) is not None]
    if len(asked) > 1:
        raise UsageError("--from, --path, --service and --diff are questions of their own", "ask one at a time")
    if arguments.hops is not None and arguments.start is None:
        raise UsageError("--hops says how far `--from EVENT` looks, and there is no --from")
    config = configured(arguments)
    formats = one_on_stdout(arguments.format) or [("text", "")]
    known = CHANGE_MODULES if asked == ["diff"] else MODULES
    for name, _ in formats:
        if name not in known:
            raise UsageError(f"`{name}` is no format for this", f"the formats are {', '.join(known)}")
    analysis = analysed(arguments, config, None)
    context = context_of(arguments, formats, (), None)
    if asked == ["diff"]:
        _show_change(arguments, config, analysis, formats, context)
    else:
        _show(arguments, analysis, formats, context)
    if not arguments.quiet:
        write(graph_summary(analysis.program, config.path, verbose=arguments.verbose), sys.stderr)
    return 0


def _show(arguments: Namespace, analysis: Analysis, formats: list[tuple[str, str]], context: Context) -> None:
    program, start = _asked(arguments, analysis)
    for name, file in formats:
        where = for_file(context, file)
        if start is not None and name == "text":
            from evlint.report import story

            output(story.render(program, start, where) if program.subscriptions else _nothing(arguments), file)
            continue
        text: str = renderer(MODULES[name])(program, where)
        output(_around(arguments.service, program) + text if arguments.service and name == "text" else text, file)


def _asked(arguments: Namespace, analysis: Analysis) -> tuple[Program, EventType | None]:
    """The part of the program that answers the question, and the event that its story starts with."""
    from evlint import questions
    from evlint.model.program import Program

    flow = analysis.flow
    if arguments.start is not None:
        start = questions.event_named(flow, arguments.start)
        return questions.following(flow, start, arguments.hops), start
    if arguments.path is not None:
        start, end = (questions.event_named(flow, name) for name in arguments.path)
        return questions.between(flow, start, end) or Program(events=(start, end)), start
    if arguments.service is not None:
        return questions.around(flow, arguments.service), None
    return analysis.program, None


def _nothing(arguments: Namespace) -> str:
    if arguments.path is not None:
        start, end = map(terminal, arguments.path)
        return f"Nothing that follows from {start} is {end}\n"
    return f"Nothing follows from {terminal(arguments.start)}\n"


def _around(service: str, program: Program) -> str:
    from evlint.questions import neighbours

    upstream, downstream = (", ".join(map(terminal, names)) or "nobody" for names in neighbours(program, service))
    return f"{terminal(service)} hears from {upstream}\n{terminal(service)} sends to {downstream}\n\n"


def _show_change(
    arguments: Namespace, config: Config, analysis: Analysis, formats: list[tuple[str, str]], context: Context
) -> None:
    from evlint import revision
    from evlint.cli.earlier import contents
    from evlint.flow_change import compare

    earlier = contents(arguments, config, revision.fork(arguments.diff))
    change = compare(analysed(arguments, config, earlier).program, analysis.program)
    for name, file in formats:
        output(renderer(CHANGE_MODULES[name])(change, for_file(context, file)), file)
