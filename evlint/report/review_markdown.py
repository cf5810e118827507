"""The review as Markdown, to be pasted into a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evlint.causes import joined
from evlint.model.finding import Finding
from evlint.model.source import Location
from evlint.report.context import Context
from evlint.report.markdown import code, count, prose, section, table, text
from evlint.review import QUESTIONS, Answer, Evidence, FlowReview, Review, alike

WORDS = {"yes": "yes", "no": "no", "open": "nothing found"}
SHOWN = 6


def render(review: Review, context: Context) -> str:
    """Render the summary, then service by service what needs a decision, then the rest, folded."""
    lines = section("Event review", *_summary(review), level=2)
    for service, flows in review.services.items():
        groups = alike([flow for flow in flows if flow.is_open])
        blocks = [block for group in groups for block in _group(group)]
        if blocks:
            lines += ["", *section(code(service), *blocks, level=3)]
    if review.others:
        lines += ["", *section("Of no one event", [*map(_finding, joined(review.others))], level=3)]
    decided = [flow for flow in review.flows if not flow.is_open]
    if decided:
        blocks = [["<details>", f"<summary>Nothing to decide: {count(len(decided), 'flow')}</summary>"]]
        blocks += [block for group in alike(decided) for block in _group(group)]
        lines += [line for block in (*blocks, ["</details>"]) for line in ("", *block)]
    return "\n".join(lines) + "\n"


def _summary(review: Review) -> Iterator[list[str]]:
    if not review.flows:
        yield ["No flow to review."]
        return
    undecided = sum(flow.is_open for flow in review.flows)
    yield [f"{undecided} of {count(len(review.flows), 'flow')} need a decision."]
    yield table(
        ("Question", *(WORDS[verdict].capitalize() for verdict in ("yes", "no", "open"))),
        [
            (text(question), *_counts([flow.answers[number] for flow in review.flows]))
            for number, question in enumerate(QUESTIONS.values())
        ],
    )


def _counts(answers: Sequence[Answer]) -> tuple[str, ...]:
    counts = Counter(answer.verdict for answer in answers)
    return str(counts["yes"]), str(counts["no"]), str(counts["open"])


def _group(flows: Sequence[FlowReview]) -> Iterator[list[str]]:
    """Flows of the same answers: one with its ends, several by name."""
    first = flows[0]
    if len(flows) == 1:
        where = f", {_place(first.event.location)}" if first.event.location is not None else ""
        yield [f"**{code(first.event.name)}**{where}; {'; '.join(_ends(first))}"]
    else:
        names = [code(flow.event.name) for flow in flows]
        yield [f"**{len(flows)} flows**: {', '.join(names)}"]
    lines: list[str] = []
    for number, question in enumerate(QUESTIONS):
        lines += _answer(question, [flow.answers[number] for flow in flows])
    yield lines


def _ends(flow: FlowReview) -> Iterator[str]:
    sent = {item.location.symbol or "the module": item.location for item in reversed(flow.publishers)}
    taken = {item.handler: f"{item.handler_path}:{item.handler_line}" for item in reversed(flow.handlers)}
    if sent:
        yield "published by " + _listed([f"{code(name)} ({_place(item)})" for name, item in sorted(sent.items())])
    if taken:
        yield "handled by " + _listed([f"{code(name)} ({code(place)})" for name, place in sorted(taken.items())])


def _answer(question: str, answers: Sequence[Answer]) -> Iterator[str]:
    verdict = answers[0].verdict
    if verdict == "moot":
        return
    speaking = [_evidence(item) for item in dict.fromkeys(item for answer in answers for item in answer.pro)]
    missing = [_evidence(item) for item in dict.fromkeys(item for answer in answers for item in answer.missing)]
    against = joined(dict.fromkeys(item for answer in answers for item in answer.against))
    reasons = {"yes": f": {_listed(speaking)}", "open": f": {_listed(missing)}"}.get(verdict, "")
    yield f"- {question}: **{WORDS[verdict]}**{reasons}"
    for finding in against:
        yield f"  {_finding(finding)}"
    if verdict == "no" and missing:
        yield f"  - nothing found: {_listed(missing)}"
    if verdict != "yes" and speaking:
        yield f"  - for: {_listed(speaking)}"


def _finding(finding: Finding) -> str:
    return f"- {finding.code} {prose(finding.message)} ({_place(finding.location)})"


def _evidence(item: Evidence) -> str:
    where = f" ({_place(item.location)})" if item.location is not None else ""
    return prose(item.text) + where


def _place(location: Location) -> str:
    return code(f"{location.path}:{location.line}")


def _listed(parts: Sequence[str]) -> str:
    shown = "; ".join(parts[:SHOWN])
    return f"{shown} and {len(parts) - SHOWN} more" if len(parts) > SHOWN else shown
