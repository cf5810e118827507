"""The review for people at a terminal: the answers of each service first, then what needs a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

from evlint.causes import joined
from evlint.model.finding import Finding
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.escape import terminal
from evlint.review import QUESTIONS, Answer, Evidence, FlowReview, Question, Review, Verdict, alike

# Beyond this, lines are harder to follow than broken ones.
MAX_WIDTH = 100
CELL = 13
MARKS: dict[Verdict, str] = {"yes": "+", "no": "-", "open": "?"}
SHOWN = 4


def render(review: Review, context: Context) -> str:
    """Render the summary, then service by service what needs a decision, then the rest by name."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(review, min(context.width, MAX_WIDTH)))


def _lines(review: Review, width: int) -> Iterator[str]:
    if not review.flows and not review.others:
        yield "No flow to review"
        return
    yield from _summary(review, width)
    for service, flows in review.services.items():
        if any(flow.is_open for flow in flows):
            yield ""
            yield from _heading(terminal(service), width)
            for group in alike([flow for flow in flows if flow.is_open]):
                yield ""
                yield from _group(group, width)
    if review.others:
        yield ""
        yield from _heading("Of no one event", width)
        for finding in joined(review.others):
            yield from _finding(finding, width)
    decided = [flow for flow in review.flows if not flow.is_open]
    if decided:
        yield ""
        yield from _heading(f"Nothing to decide ({len(decided)})", width)
        for group in alike(decided):
            yield ""
            yield from _group(group, width)


def _summary(review: Review, width: int) -> Iterator[str]:
    services = review.services
    for asked, question in QUESTIONS.items():
        yield f"{asked:<11} {question}"
    yield ""
    room = width - CELL * len(QUESTIONS)
    yield " " * room + "".join(f"{name:<{CELL}}" for name in QUESTIONS)
    rows = {name: flows for name, flows in services.items() if any(flow.is_open for flow in flows)}
    for name, flows in rows.items():
        yield from _row(terminal(name), flows, room)
    rest = [flow for name, flows in services.items() if name not in rows for flow in flows]
    if rest:
        yield from _row(f"{len(services) - len(rows)} with nothing to decide" if rows else "all services", rest, room)
    yield ""
    undecided = sum(flow.is_open for flow in review.flows)
    yield f"{undecided} of {len(review.flows)} flows need a decision: + evidence for, - against, ? nothing found"


def _row(name: str, flows: Sequence[FlowReview], room: int) -> Iterator[str]:
    cells = "".join(f"{_cell([flow.answers[number] for flow in flows]):<{CELL}}" for number in range(len(QUESTIONS)))
    if len(name) < room:
        yield f"{name:<{room}}{cells}"
    else:
        yield name
        yield " " * room + cells


def _cell(answers: Sequence[Answer]) -> str:
    counts = Counter(answer.verdict for answer in answers)
    return " ".join(f"{counts[verdict]}{mark}" for verdict, mark in MARKS.items() if counts[verdict]) or "."


def _heading(text: str, width: int) -> Iterator[str]:
    yield text
    yield "─" * min(len(text), width)


def _group(flows: Sequence[FlowReview], width: int) -> Iterator[str]:
    """Flows of the same answers: one with its ends, several by name."""
    first = flows[0]
    if len(flows) == 1:
        yield from _placed(terminal(first.event.name), first.event.location, width)
        yield from _ends(first, width)
    else:
        names = [terminal(flow.event.name) for flow in flows]
        yield from _wrapped(f"{len(flows)} flows: {_listed(names, 2 * SHOWN)}", width, "")
    for number, name in enumerate(QUESTIONS):
        yield from _answer(name, [flow.answers[number] for flow in flows], width)


def _ends(flow: FlowReview, width: int) -> Iterator[str]:
    sent = {item.location.symbol or "the module": item.location for item in reversed(flow.publishers)}
    taken = {item.handler: (item.handler_path, item.handler_line) for item in reversed(flow.handlers)}
    places = [(f"published by {name}", f"{item.path}:{item.line}") for name, item in sorted(sent.items())]
    rows = [*places[:SHOWN], *_more(len(places), "publishers")]
    places = [(f"handled by   {name}", f"{path}:{line}") for name, (path, line) in sorted(taken.items())]
    for text, place in (*rows, *places[:SHOWN], *_more(len(places), "handlers")):
        yield from _ruled(f"  {terminal(text)}", terminal(place), width)


def _more(count: int, noun: str) -> list[tuple[str, str]]:
    return [(f"             and {count - SHOWN} more {noun}", "")] if count > SHOWN else []


def _answer(question: Question, answers: Sequence[Answer], width: int) -> Iterator[str]:
    first = answers[0]
    against = joined(dict.fromkeys(item for answer in answers for item in answer.against))
    missing = list(dict.fromkeys(item for answer in answers for item in answer.missing))
    speaking = list(dict.fromkeys(item for answer in answers for item in answer.pro))
    if first.verdict == "moot":
        return
    said = {"yes": "yes", "no": "evidence against", "open": "nothing found"}[first.verdict]
    yield f"  {question:<11} {said}"
    for finding in against:
        yield from _finding(finding, width)
    for item in missing[:SHOWN]:
        yield from _placed(f"    ? {_plain(item)}", item.location, width)
    if len(missing) > SHOWN:
        yield f"    ? and {len(missing) - SHOWN} more"
    for item in speaking[:SHOWN]:
        yield from _placed(f"    + {_plain(item)}", item.location, width)
    if len(speaking) > SHOWN:
        yield f"    + and {len(speaking) - SHOWN} more"


def _finding(finding: Finding, width: int) -> Iterator[str]:
    yield from _wrapped(f"- {finding.code} {_inline(finding.message)}", width, "    ", 2)
    yield f"      {terminal(finding.location.path)}:{finding.location.line}"


def _plain(item: Evidence) -> str:
    return _inline(item.text)


def _inline(text: str) -> str:
    return terminal(" ".join(text.split()))


def _placed(text: str, location: Location | None, width: int) -> Iterator[str]:
    yield from _ruled(text, f"{terminal(location.path)}:{location.line}" if location is not None else "", width)


def _ruled(text: str, place: str, width: int) -> Iterator[str]:
    """The place at the right margin, or, where there is no room, below the text."""
    room = width - len(text) - len(place)
    if room >= 2:
        yield f"{text}{' ' * room}{place}"
    elif not place:
        yield from _wrapped(text.lstrip(), width, " " * (len(text) - len(text.lstrip())), 2)
    else:
        yield from _wrapped(text.lstrip(), width, " " * (len(text) - len(text.lstrip())), 2)
        yield f"      {place}"


def _wrapped(text: str, width: int, indent: str, hang: int = 0) -> Iterator[str]:
    # A word is never broken, so that no line can begin with what a build server would obey.
    yield from wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _listed(names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
