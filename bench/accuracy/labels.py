"""What a reader found in a package, one JSON file each; README.md tells the format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent / "labels"
Place = tuple[str, int]


class Label(msgspec.Struct, kw_only=True):
    """A fact: where it stands, under which names it may be reported, and where else."""

    file: str
    line: int
    also: list[str] = []
    also_at: list[str] = []
    alt_lines: list[int] = []
    soft: bool = False

    @property
    def places(self) -> set[Place]:
        """Every place at which a report of the fact is right."""
        others = (at.rpartition(":") for at in self.also_at)
        return {
            (self.file, self.line),
            *((self.file, line) for line in self.alt_lines),
            *((file, int(line)) for file, _, line in others),
        }


class Event(Label, kw_only=True):
    """A kind of event."""

    name: str
    kind: str


class Publish(Label, kw_only=True):
    """A place that publishes `event`, in the function `scope`."""

    event: str
    scope: str = msgspec.field(name="in")


class Subscribe(Label, kw_only=True):
    """A handler of `event`."""

    event: str
    handler: str
    also_handlers: list[str] = []


class Remark(msgspec.Struct):
    """A place that counts neither way, or looks like a fact and is none."""

    file: str
    line: int
    why: str


class Labels(msgspec.Struct):
    """All that was labelled of a package: the folders `roots` without `exclude`."""

    package: str
    version: str
    roots: list[str]
    exclude: list[str]
    about: str
    events: list[Event]
    publishes: list[Publish]
    subscribes: list[Subscribe]
    external_events: list[str] = []
    neutral: list[Remark] = []
    not_events: list[Remark] = []
    hard: list[str] = []

    def covers(self, path: str) -> bool:
        """Whether a file was labelled."""
        return any(_is_below(path, root) for root in self.roots) and not (
            any(_is_below(path, folder) for folder in self.exclude) or is_test(path)
        )


def load(packages: list[str] | None = None) -> Iterator[Labels]:
    """The labels of some packages, or of all."""
    for path in sorted(FOLDER.glob("*.json")):
        if packages is None or path.stem in packages:
            yield msgspec.json.decode(path.read_bytes(), type=Labels)


def is_test(path: str) -> bool:
    """Whether a file holds tests, which nobody labelled."""
    parts = path.split("/")
    return bool({"test", "tests", "conftest.py"} & {*parts}) or parts[-1].startswith("test_")


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
