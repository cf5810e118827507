"""Holds what evlint reports against the labels, one to one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from bench.accuracy.labels import Event, Label, Labels, Place, Publish, Subscribe

L = TypeVar("L", bound=Label)
Claim = dict[str, Any]
ROLES = ("events", "publishes", "subscribes")


class Tally(NamedTuple):
    """How many labels were found, and what was missed or claimed wrongly, in words."""

    found: int = 0
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __add__(self, other: object) -> Tally:
        """Both together."""
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(self.found + other.found, self.missed + other.missed, self.wrong + other.wrong)

    @property
    def precision(self) -> float:
        """The share of the claims that is true; 1 where nothing is claimed."""
        return self.found / (self.found + len(self.wrong)) if self.found or self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of the labels that is claimed; 1 where there is nothing to find."""
        return self.found / (self.found + len(self.missed)) if self.found or self.missed else 1.0


def flow(root: Path, roots: Sequence[str]) -> Claim:
    """What evlint says of the folders `roots` below `root`."""
    command = (sys.executable, "-m", "evlint", "graph", "--format", "json", "--isolated", "--no-cache", *roots)
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1) or not run.stdout:
        raise RuntimeError(f"evlint failed on {root.name}: {run.stderr.strip()}")
    document: Claim = json.loads(run.stdout)
    return document


def score(labels: Labels, document: Claim) -> dict[str, Tally]:
    """Hold the document `evlint.graph/1` against the labels, role by role."""
    named = {event["id"]: event["name"] for event in document["events"]}
    ignored = {(remark.file, remark.line) for remark in labels.neutral}

    def own(claims: list[Claim]) -> list[Claim]:
        return [claim for claim in claims if labels.covers(claim["path"])]

    def event_of(claim: Claim) -> str:
        return str(named.get(claim["event"], claim["event"]))

    def is_neutral(claim: Claim) -> bool:
        return _is_near(_place(claim), ignored)

    def same_event(label: Event, claim: Claim) -> bool:
        anywhere = label.kind == "topic" or claim["path"] == label.file
        return _is_named(label, label.name, claim["name"]) and (anywhere or _is_near(_place(claim), label.places))

    def same_publish(label: Publish, claim: Claim) -> bool:
        return _is_named(label, label.event, event_of(claim)) and _is_near(_place(claim), label.places)

    def same_subscribe(label: Subscribe, claim: Claim) -> bool:
        return _is_named(label, label.event, event_of(claim)) and _is_handled(label, claim)

    return {
        "events": _match(
            labels.events,
            own(document["events"]),
            same_event,
            lambda claim: f"{_at(claim)} {claim['name']}",
            lambda claim: is_neutral(claim) or bare(claim["name"]) in labels.external_events,
        ),
        "publishes": _match(
            labels.publishes,
            own(document["publications"]),
            same_publish,
            lambda claim: f"{_at(claim)} {event_of(claim)}",
            is_neutral,
        ),
        "subscribes": _match(
            labels.subscribes,
            own(document["subscriptions"]),
            same_subscribe,
            lambda claim: f"{_at(claim)} {event_of(claim)} -> {claim['handler']}",
            is_neutral,
        ),
    }


def bare(name: str) -> str:
    """The class's own name of a dotted path; a dotted topic (`issue.created`) stays whole."""
    last = name.rpartition(".")[2]
    return last if last[:1].isupper() and last.isidentifier() else name


def _match(
    labels: Sequence[L],
    claims: list[Claim],
    same: Callable[[L, Claim], bool],
    say: Callable[[Claim], str],
    is_ignored: Callable[[Claim], bool],
) -> Tally:
    """Pair labels and claims; a soft label takes a claim only when no other wants it, and counts neither way."""
    left, missed, found = list(claims), [], 0
    for label in sorted(labels, key=lambda label: label.soft):
        claim = next((claim for claim in left if same(label, claim)), None)
        if claim is not None:
            left.remove(claim)
            found += not label.soft
        elif not label.soft:
            missed.append(f"{label.file}:{label.line} {getattr(label, 'event', getattr(label, 'name', ''))}")
    wrong = [say(claim) for claim in left if not is_ignored(claim) and not any(same(label, claim) for label in labels)]
    return Tally(found, tuple(missed), tuple(wrong))


def _is_named(label: Label, name: str, claimed: str) -> bool:
    names = {name, *label.also}
    return bool(({*names} | {bare(name) for name in names}) & {claimed, bare(claimed)})


def _is_handled(label: Subscribe, claim: Claim) -> bool:
    spots = [_place(claim)]
    if claim.get("handler_path"):
        spots.append((claim["handler_path"], claim["handler_line"]))
    if any(_is_near(spot, label.places) for spot in spots):
        return True
    handler = str(claim["handler"])
    named = any(
        handler == name or handler.endswith(f".{name}") or name.endswith(f".{handler}")
        for name in (label.handler, *label.also_handlers)
    )
    return named and bool({path for path, _ in spots} & {path for path, _ in label.places})


def _place(claim: Claim) -> Place:
    return claim["path"], claim["line"]


def _at(claim: Claim) -> str:
    return f"{claim['path']}:{claim['line']}"


def _is_near(place: Place, others: set[Place]) -> bool:
    """Whether a place is the same as one of the others, or on the line beside it."""
    return any(place[0] == path and abs(place[1] - line) <= 1 for path, line in others)
