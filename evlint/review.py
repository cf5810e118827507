"""The four questions of the guideline, answered for each flow with what the code shows for and against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from evlint.evidence import COMMITS, guards, lasts, traces
from evlint.flow import Flow
from evlint.model.finding import Finding
from evlint.model.program import Behaviour, EventType, Program, Publication, Subscription
from evlint.model.source import Location
from evlint.words.paths import is_test

Question = Literal["decoupled", "idempotent", "atomic", "traceable"]
# `yes` and `no` have evidence, `open` has none either way, `moot` says that the question does not arise.
Verdict = Literal["yes", "no", "open", "moot"]
QUESTIONS: dict[Question, str] = {
    "decoupled": "Do these parts need an event, or would a direct call be clearer?",
    "idempotent": "Is every consumer safe under duplicate and late delivery?",
    "atomic": "Are the event and the state that it tells of saved as one?",
    "traceable": "Can one action be traced across the services?",
}
# The rules whose findings speak against.
RULES: dict[Question, tuple[str, ...]] = {
    "decoupled": (
        *("EVL201", "EVL202", "EVL203", "EVL206", "EVL308", "EVL401", "EVL402", "EVL403", "EVL404", "EVL408", "EVL409"),
    ),
    "idempotent": ("EVL301", "EVL302", "EVL303", "EVL304", "EVL305", "EVL306", "EVL307", "EVL405"),
    "atomic": ("EVL204", "EVL205", "EVL208"),
    "traceable": ("EVL207",),
}

# What may change stored state, as far as is known.
STORING = ("write", "commit", "call")


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for or against, and where; `location` is None where it is the flow as a whole."""

    text: str
    location: Location | None = None


class Answer(msgspec.Struct, frozen=True):
    """The answer to one question: `against` are findings, `missing` are the places where nothing was found."""

    question: Question
    verdict: Verdict
    pro: tuple[Evidence, ...] = ()
    against: tuple[Finding, ...] = ()
    missing: tuple[Evidence, ...] = ()


class FlowReview(msgspec.Struct, frozen=True):
    """One event with its ends, and the answer to each question, in the order of `QUESTIONS`."""

    event: EventType
    service: str
    publishers: tuple[Publication, ...]
    handlers: tuple[Subscription, ...]
    answers: tuple[Answer, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is to be decided."""
        return any(answer.verdict in ("no", "open") for answer in self.answers)


class Review(msgspec.Struct, frozen=True):
    """The flows that were looked at, by service and name, and the findings that speak of none of them."""

    flows: tuple[FlowReview, ...] = ()
    others: tuple[Finding, ...] = ()

    @property
    def services(self) -> dict[str, tuple[FlowReview, ...]]:
        """The flows of each service, by its name."""
        found: dict[str, list[FlowReview]] = {}
        for flow in self.flows:
            found.setdefault(flow.service, []).append(flow)
        return {name: tuple(flows) for name, flows in found.items()}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that speaks against, each once."""
        against = (item for flow in self.flows for answer in flow.answers for item in answer.against)
        return tuple(dict.fromkeys((*against, *self.others)))


Touches = Callable[[Location], bool]


def review(program: Program, findings: Iterable[Finding], touches: Touches | None = None) -> Review:
    """Ask the questions of every event that is published or handled, but by tests.

    `touches` tells of a place whether a change is about it; then only flows that it touches are looked at.
    """
    asking = _Asking(Flow.of(program), findings)
    flows = [flow for event in program.events for flow in asking.flow_of(event)]
    if touches is not None:
        flows = [flow for flow in flows if asking.is_touched(flow, touches)]
    flows.sort(key=lambda flow: (flow.service, flow.event.name, flow.event.id))
    return Review(tuple(flows), asking.others(touches))


class _Asking:
    def __init__(self, flow: Flow, findings: Iterable[Finding]) -> None:
        self._flow = flow
        asked = {code for codes in RULES.values() for code in codes}
        self._findings = [item for item in findings if item.code in asked]
        self._events = {item: self._meant(item) for item in self._findings}

    def _meant(self, finding: Finding) -> frozenset[str]:
        """The events of which a finding speaks: those of its name, and of several the ones with an end in its file."""
        named = [event for event in self._flow.program.events if finding.event and event.name == finding.event]
        near = [event for event in named if finding.location.path in self._paths(event)]
        return frozenset(event.id for event in near or named)

    def _paths(self, event: EventType) -> set[str]:
        sent, taken = self._flow.publications_of(event.id), self._flow.subscriptions_to(event.id)
        own = {event.location.path} if event.location is not None else set()
        return own | {item.location.path for item in sent} | {item.handler_path for item in taken}

    def others(self, touches: Touches | None) -> tuple[Finding, ...]:
        """The findings that speak of no event by name."""
        return tuple(
            item for item in self._findings if not self._events[item] and (touches is None or touches(item.location))
        )

    def flow_of(self, event: EventType) -> Iterator[FlowReview]:
        """The answers for an event; nothing where only tests have to do with it."""
        sent = tuple(item for item in self._flow.publications_of(event.id) if not is_test(item.location.path))
        taken = tuple(item for item in self._flow.subscriptions_to(event.id) if not is_test(item.handler_path))
        if not (sent or taken):
            return
        found = [item for item in self._findings if event.id in self._events[item]]
        against: Mapping[Question, tuple[Finding, ...]] = {
            question: tuple(item for item in found if item.code in codes) for question, codes in RULES.items()
        }
        yield FlowReview(
            event,
            (sent[0].service if sent else taken[0].service) or "(no service)",
            sent,
            taken,
            (
                self._decoupled(event, sent, taken, against["decoupled"]),
                self._idempotent(sent, taken, against["idempotent"]),
                self._atomic(sent, against["atomic"]),
                self._traceable(event, sent, taken, against["traceable"]),
            ),
        )

    def is_touched(self, flow: FlowReview, touches: Touches) -> bool:
        """Whether a change is about the event, one of its ends, or what those do."""
        functions = [item.function for item in flow.publishers] + [item.function for item in flow.handlers]
        places = [flow.event.location] if flow.event.location is not None else []
        places += [item.location for item in flow.publishers] + [item.location for item in flow.handlers]
        places += [behaviour.location for key in functions if (behaviour := self._flow.behaviour(key)) is not None]
        places += [item.location for answer in flow.answers for item in answer.against]
        return any(map(touches, places))

    @staticmethod
    def _decoupled(
        event: EventType, sent: Sequence[Publication], taken: Sequence[Subscription], against: tuple[Finding, ...]
    ) -> Answer:
        pro: list[Evidence] = []
        elsewhere = sorted({item.service for item in taken} - {item.service for item in sent}) if sent else []
        functions = {(item.handler_path, item.handler) for item in taken}
        if elsewhere:
            pro.append(Evidence(f"handled in another service: {', '.join(elsewhere)}"))
        if len(functions) > 1:
            pro.append(Evidence(f"handled by {len(functions)} functions"))
        if not _is_in_process(sent, taken):
            pro.append(Evidence("sent between processes"))
        if event.external:
            pro.append(Evidence("other programs send or take it"))
        if any(item.transaction == "buffered" for item in sent):
            pro.append(Evidence("stored first, so its publisher does not wait"))
        missing = () if pro or against else (Evidence("one handler in the same process"),)
        return _answer("decoupled", pro, against, missing)

    def _idempotent(
        self, sent: Sequence[Publication], taken: Sequence[Subscription], against: tuple[Finding, ...]
    ) -> Answer:
        pro: list[Evidence] = []
        missing: list[Evidence] = []
        blamed = {item.location.symbol for item in against}
        once = bool(sent) and _is_in_process(sent, taken)
        once = once and not any(item.transaction == "buffered" for item in sent)
        for item in sorted(taken, key=lambda item: (item.handler_path, item.handler_line, item.handler)):
            place = _at(item)
            behaviour = self._flow.behaviour(item.function)
            reasons = list(guards(self._flow, item.function))
            if behaviour is not None and behaviour.limited:
                reasons.append("sets aside what fails too often")
            if behaviour is not None and behaviour.actions and not lasts(self._flow, behaviour):
                reasons.append("changes nothing that lasts")
            if reasons:
                pro.append(Evidence(f"`{item.handler}`: {', '.join(reasons)}", place))
            elif once:
                pro.append(Evidence(f"`{item.handler}` runs in the publisher's own call", place))
            elif item.handler not in blamed:
                missing.append(Evidence(f"`{item.handler}`", place))
        if not taken and not against:
            return Answer("idempotent", "moot")
        return _answer("idempotent", _once(pro), against, _once(missing))

    def _atomic(self, sent: Sequence[Publication], against: tuple[Finding, ...]) -> Answer:
        pro: list[Evidence] = []
        missing: list[Evidence] = []
        for item in sent:
            scope = item.location.symbol or "the module"
            behaviour = self._flow.behaviour(item.function)
            if COMMITS[item.transaction]:
                pro.append(Evidence(f"`{scope}`: {COMMITS[item.transaction]}", item.location))
            elif behaviour is not None and not any(action.kind in STORING for action in behaviour.actions):
                pro.append(Evidence(f"`{scope}` stores nothing", item.location))
            elif item.transport == "in-process" and not (behaviour is not None and _stores(behaviour)):
                continue
            elif not any(found.location == item.location for found in against):
                missing.append(Evidence(f"`{scope}`", item.location))
        if not (pro or missing or against):
            return Answer("atomic", "moot")
        return _answer("atomic", _once(pro), against, _once(missing))

    @staticmethod
    def _traceable(
        event: EventType, sent: Sequence[Publication], taken: Sequence[Subscription], against: tuple[Finding, ...]
    ) -> Answer:
        names = sorted(set(traces(event, sent)))
        pro = [Evidence(f"carries {', '.join(f'`{name}`' for name in names)}", event.location)] if names else []
        given = next((item for item in sent if item.traced), None)
        if given is not None:
            pro.append(Evidence(f"{given.dialect} gives it the ids of its action", given.location))
        if not (pro or against) and _is_in_process(sent, taken):
            return Answer("traceable", "moot")
        missing = () if pro or against else (Evidence(f"`{event.name}`", event.location),)
        return _answer("traceable", pro, against, missing)


def _answer(
    question: Question, pro: Iterable[Evidence], against: tuple[Finding, ...], missing: Iterable[Evidence]
) -> Answer:
    speaking, silent = tuple(pro), tuple(missing)
    verdict: Verdict = "no" if against else "open" if silent else "yes"
    return Answer(question, verdict, speaking, against, silent)


def _is_in_process(sent: Sequence[Publication], taken: Sequence[Subscription]) -> bool:
    transports = {item.transport for item in sent} | {item.transport for item in taken}
    return transports <= {"in-process"}


def _stores(behaviour: Behaviour) -> bool:
    return any(action.kind in ("write", "commit") for action in behaviour.actions)


def _at(item: Subscription) -> Location:
    """Where the handler is defined."""
    span = msgspec.structs.replace(item.location.span, line=item.handler_line, column=1, end_line=item.handler_line)
    return Location(item.handler_path, span, item.handler)


def _once(items: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(items))


def alike(flows: Sequence[FlowReview]) -> tuple[tuple[FlowReview, ...], ...]:
    """Put flows together whose answers are the same for the same causes, in the order of the first of each."""
    families = Counter(
        item.cause.key
        for item in {item for flow in flows for answer in flow.answers for item in answer.against}
        if item.cause is not None
    )
    found: dict[tuple[object, ...], list[FlowReview]] = {}
    for flow in flows:
        key = tuple(
            (answer.verdict, *sorted({_identity(item, families) for item in answer.against})) for answer in flow.answers
        )
        found.setdefault(key, []).append(flow)
    return tuple(map(tuple, found.values()))


def _identity(finding: Finding, families: Counter[str]) -> str:
    if finding.cause is not None and families[finding.cause.key] >= finding.cause.least:
        return finding.cause.key
    return f"{finding.code} {finding.location.path}:{finding.location.line} {finding.key}"
