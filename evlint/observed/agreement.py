"""Tell in what the flow that was observed and the one that was extracted differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from evlint.flow import Flow
from evlint.model.program import EventType, Publication, Subscription
from evlint.observed.observation import Observation, Place
from evlint.words.paths import is_test

Extracted = Publication | Subscription


class End(msgspec.Struct, frozen=True, order=True):
    """A place that publishes or handles an event, and how often it was seen to; 0 and empty where nobody can tell."""

    event: str
    role: Literal["publisher", "handler"]
    function: str
    path: str
    line: int
    times: int = 0


class Agreement(msgspec.Struct, frozen=True):
    """What was observed and not extracted, what was extracted and never observed, and what agrees.

    Tests are no part of the flow: what they publish and handle is left out.
    """

    unextracted: tuple[End, ...]
    unobserved: tuple[End, ...]
    agreed: tuple[End, ...]

    @property
    def is_exact(self) -> bool:
        return not self.unextracted and not self.unobserved


def compare(flow: Flow, observations: Iterable[Observation], folder: str) -> Agreement:
    """Hold observations against the flow; `folder` is the absolute one that the program's paths are relative to."""
    seen: Counter[Extracted] = Counter()
    unextracted: Counter[End] = Counter()
    for observation, times in Counter(observations).items():
        found = list(_matching(flow, observation, folder))
        for item in found:
            seen[item] += times
        if not found and (end := _observed(observation, folder)) is not None:
            unextracted[end] += times
    everything: tuple[Extracted, ...] = (*flow.program.publications, *flow.program.subscriptions)
    extracted = [item for item in everything if not _in_tests(item)]
    return Agreement(
        tuple(sorted(msgspec.structs.replace(end, times=times) for end, times in unextracted.items())),
        tuple(sorted({_extracted(flow, item, 0) for item in extracted if item not in seen})),
        tuple(sorted({_extracted(flow, item, seen[item]) for item in extracted if item in seen})),
    )


def _matching(flow: Flow, observation: Observation, folder: str) -> Iterator[Extracted]:
    """The ends that an observation may be of: those at the innermost place at which there are any."""
    events = [event for event in flow.program.events if _is_named(event, observation)]
    ends: list[Extracted] = []
    for event in events:
        if observation.at == "published":
            ends += flow.publications_of(event.id)
        else:
            ends += flow.subscriptions_to(event.id)
    unique = dict.fromkeys(ends)
    if not observation.places:
        yield from unique
        return
    for place in observation.places:
        if here := [item for item in unique if _stands_at(item, place, folder)]:
            yield from here
            return


def _is_named(event: EventType, observation: Observation) -> bool:
    if observation.type:
        dotted = event.id.partition(":")[2]
        return event.kind == "class" and _alike(dotted.split("."), observation.type.split("."))
    names = (event.name, *event.aliases)
    return observation.event in names or _squashed(observation.event) in map(_squashed, names)


def _squashed(name: str) -> str:
    """`payment.captured`, `payment-captured` and `PaymentCaptured` are one name."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _stands_at(item: Extracted, place: Place, folder: str) -> bool:
    if isinstance(item, Subscription):
        return _same_file(item.handler_path, place.path, folder) and _same_function(item.handler, place)
    if not _same_file(item.location.path, place.path, folder):
        return False
    span = item.location.span
    return span.line <= place.line <= span.end_line if place.line else _same_function(item.location.symbol, place)


def _same_function(name: str, place: Place) -> bool:
    """Whether it is the same, of which one side may say more of what it stands in."""
    function = place.function.replace(".<locals>", "")
    return bool(function) and (f".{function}".endswith(f".{name}") or f".{name}".endswith(f".{function}"))


def _same_file(path: str, seen: str, folder: str) -> bool:
    """Whether it is the same file, here or where the program was deployed."""
    seen = seen.replace("\\", "/")
    return f"{folder}/{path}" == seen or _alike(path.split("/"), seen.split("/"))


def _alike(one: list[str], other: list[str]) -> bool:
    """Whether the last two parts are the same, or all if there are fewer."""
    parts = min(2, len(one), len(other))
    return one[-parts:] == other[-parts:]


def _observed(observation: Observation, folder: str) -> End | None:
    place = observation.places[0] if observation.places else Place("")
    path = place.path.replace("\\", "/").removeprefix(f"{folder}/")
    if is_test(path):
        return None
    name = observation.type.rpartition(".")[2] or observation.event
    role: Literal["publisher", "handler"] = "publisher" if observation.at == "published" else "handler"
    return End(name, role, place.function.replace(".<locals>", ""), path, place.line)


def _extracted(flow: Flow, item: Extracted, times: int) -> End:
    name = flow.event(item.event).name
    if isinstance(item, Subscription):
        return End(name, "handler", item.handler, item.handler_path, item.handler_line, times)
    return End(name, "publisher", item.location.symbol, item.location.path, item.location.line, times)


def _in_tests(item: Extracted) -> bool:
    return is_test(item.handler_path if isinstance(item, Subscription) else item.location.path)
