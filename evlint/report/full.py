"""Findings with the code that they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from evlint.model.finding import Finding
from evlint.model.run import Run
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.escape import terminal
from evlint.report.frame import code_frame

STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
LINE = "dim"
SMALLEST_WIDTH = 40
# More would hide the next finding.
MOST_PLACES = 6


def render(run: Run, context: Context) -> str:
    """Render each finding with its code, the places related to it, and what the guideline asks for.

    The guideline stands with the first finding of each rule only.
    """
    output = StringIO()
    console = Console(
        file=output,
        width=max(context.width, SMALLEST_WIDTH),
        force_terminal=context.color,
        color_system="standard" if context.color else None,
        no_color=not context.color,
        legacy_windows=False,
        highlight=False,
        _environ={},
    )
    explained: set[str] = set()
    for finding in run.findings:
        rule = None if finding.code in explained else context.rules.get(finding.code)
        explained.add(finding.code)
        for line in _lines(finding, context, rule.meta.guideline if rule else "", console):
            console.print(line, soft_wrap=True)
        console.print()
    return output.getvalue()


def _lines(finding: Finding, context: Context, guideline: str, console: Console) -> Iterator[Text]:
    style = STYLES[finding.severity]
    yield Text.assemble((f"{finding.severity} {finding.code}", style), " ", (finding.name, "bold"))
    yield from _wrap(_prose(finding.message), console, console.width)
    place = finding.location
    gutter = len(str(place.line))
    frame = list(code_frame(place.span, context.source(place.path), console.width - gutter - 3))
    notes = [*_notes(finding), *([_prose(guideline)] if guideline else [])]
    yield from _heading(place, gutter, console.width, framed=bool(frame or notes))
    for number, text in frame:
        row = Text.assemble((f"{number:>{gutter}} │ ", LINE), (text, "" if number else style))
        row.rstrip()
        yield row
    yield from _tail(notes, gutter, console)


def _heading(place: Location, gutter: int, width: int, *, framed: bool) -> Iterator[Text]:
    """Name the place; what it stands in goes to a line of its own where it would not fit."""
    where = _where(place.path, place.line, place.column)
    within = f"in {terminal(place.symbol)}" if place.symbol else ""
    fits = gutter + len(where) + len(within) + 5 <= width
    beside = f" {within}" if fits and within else ""
    yield Text.assemble((f"{'':>{gutter}} {'╭' if framed else '╶'}─ ", LINE), (where, "bold"), (beside, LINE))
    if within and not fits:
        yield Text(f"{'':>{gutter}} {'│' if framed else ' '}  {within}", LINE)


def _notes(finding: Finding) -> Iterator[Text]:
    shown = finding.related if len(finding.related) <= MOST_PLACES else finding.related[: MOST_PLACES - 1]
    for related in shown:
        place = _where(related.location.path, related.location.line, related.location.column)
        yield Text.assemble((place, "bold"), " ", _prose(related.message))
    if len(shown) < len(finding.related):
        yield _prose(f"and {len(finding.related) - len(shown)} more places, which `--format json` lists")
    if finding.cure:
        how = "--fix" if finding.cure.safety == "safe" else "--fix --unsafe-fixes"
        yield Text.assemble(("fix:", "bold green"), " ", _prose(f"{finding.cure.title} (`{how}`)"))


def _tail(notes: Sequence[Text], gutter: int, console: Console) -> Iterator[Text]:
    """Hang the notes on the frame, each wrapped beside its joint."""
    for number, note in enumerate(notes, 1):
        last = number == len(notes)
        for count, line in enumerate(_wrap(note, console, console.width - gutter - 4)):
            joint = ("╰─ " if last else "├─ ") if count == 0 else ("   " if last else "│  ")
            yield Text.assemble((f"{'':>{gutter}} {joint}", LINE), line)


def _wrap(text: Text, console: Console, width: int) -> Iterator[Text]:
    for line in text.wrap(console, width):
        line.rstrip()
        # A word that is too long for a line may be broken anywhere.
        yield Text(terminal("::"), line.style) + line[2:] if line.plain.lstrip().startswith("::") else line


def _prose(text: str) -> Text:
    prose = Text(terminal(" ".join(text.split())))
    prose.highlight_regex(r"`[^`]+`", "cyan")
    return prose


def _where(path: str, line: int, column: int) -> str:
    return f"{terminal(path)}:{line}:{column}"
