"""The files of a run: what they hold, read once, and their facts, made when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from evlint.background import Checks
from evlint.cache import Cache
from evlint.model.facts import Failure, FileFacts
from evlint.model.source import digest
from evlint.screen import Screen
from evlint.workers import Result, Screening, Task, run

Progress = Callable[[str, int, int], None]

# What the cache holds for a file that is valid and was not worth parsing; after it, which screen said so.
_VALID = b"\xc0"


class Workspace:
    """Reads files, remembers their facts by content, and parses the rest in parallel.

    Args:
        paths: The files, as reports print them.
        jobs: How many processes may parse; None for as many as there are processors.
        cache: Where facts of earlier runs are, or None.
        given: Bytes that stand for what is on disk, by path.
    """

    def __init__(
        self, paths: Collection[str], jobs: int | None, cache: Cache | None, given: Mapping[str, bytes]
    ) -> None:
        self.paths = tuple(paths)
        self._jobs = jobs or os.cpu_count() or 1
        self._cache = cache
        self._given = given
        self._bytes: dict[str, bytes] = {}
        self._facts: dict[str, FileFacts] = {}
        self.digests: dict[str, str] = {}
        self.failures: dict[str, Failure] = {}
        self._turned_down: dict[str, bytes] = {}
        self._checks: Checks | None = None

    def survey(self) -> None:
        """Learn the content of every file, by its bytes or by what the cache knows of its time and size."""
        known = self._cache.digests(self._on_disk()) if self._cache is not None else {}
        for path in self.paths:
            if path in known:
                self.digests[path] = known[path]
            else:
                self._read(path)
        if self._cache is not None:
            fresh = {path: self.digests[path] for path in self._on_disk() if path in self.digests and path not in known}
            self._cache.remember(fresh)

    def _on_disk(self) -> list[str]:
        return [path for path in self.paths if path not in self._given]

    def _read(self, path: str) -> None:
        try:
            data = self._given[path] if path in self._given else _content(path)
        except OSError as error:
            self.failures[path] = Failure(error.strerror or str(error))
            return
        self._bytes[path] = data
        self.digests[path] = digest(data)

    def content(self, path: str) -> bytes:
        """The bytes of a readable file."""
        if path not in self._bytes:
            self._read(path)
        return self._bytes.get(path, b"")

    def prepare(self, screen: Screen, progress: Progress | None = None) -> set[str]:
        """Make the facts of the files that `screen` admits, in parallel, and say which these are.

        All others are checked for validity in the background, until `finish`.
        """
        turned_down = _VALID + screen.key.encode()
        readable = [path for path in self.paths if path in self.digests]
        cached = self._cached(readable)
        wanted: set[str] = set()
        tasks: list[Task] = []
        for path in readable:
            value = cached.get(self.digests[path])
            if value is None or (value.startswith(_VALID) and value != turned_down):
                tasks.append(Task(path, self._given.get(path), "screen"))
            elif value != turned_down:
                self._take(path, value)
                if screen.admits(self.content(path)):
                    wanted.add(path)
        self._perform(tasks, screen.admits, progress)
        wanted.update(task.path for task in tasks if task.path in self._facts or task.path in self.failures)
        rest = [task.path for task in tasks if task.path not in wanted]
        self._turned_down = {self.digests[path]: turned_down for path in rest}
        unknown = [path for path in rest if self.digests[path] not in cached]
        self._checks = Checks([Task(path, self._given.get(path), "check") for path in unknown], self._jobs)
        return wanted

    def finish(self) -> None:
        """Wait until every file is checked."""
        made: dict[str, bytes] = {}
        for result in self._checks.failures() if self._checks is not None else ():
            self._turned_down.pop(result.digest, None)
            self._keep(result, made)
        # A file that was not admitted but asked for later has its facts in the cache.
        for path in self._facts:
            self._turned_down.pop(self.digests[path], None)
        if self._cache is not None:
            self._cache.put_many({**made, **self._turned_down})

    def _cached(self, paths: Iterable[str]) -> dict[str, bytes]:
        return self._cache.get_many({self.digests[path] for path in paths}) if self._cache is not None else {}

    def _perform(self, tasks: list[Task], admits: Screening | None = None, progress: Progress | None = None) -> None:
        made: dict[str, bytes] = {}
        for number, result in enumerate(run(tasks, self._jobs, admits), 1):
            self._keep(result, made)
            if progress is not None:
                progress("reading", number, len(tasks))
        if self._cache is not None:
            self._cache.put_many(made)

    def _keep(self, result: Result, made: dict[str, bytes]) -> None:
        """Remember what came of a task, and in `made` what is worth caching of it."""
        if result.failure is not None:
            self.failures[result.path] = result.failure
            if result.digest and result.keep:
                made[result.digest] = msgspec.msgpack.encode(FileFacts(failure=result.failure))
        elif result.facts is not None:
            self._take(result.path, result.facts)
            made[result.digest] = result.facts

    def _take(self, path: str, encoded: bytes) -> None:
        facts = msgspec.msgpack.decode(encoded, type=FileFacts)
        self._facts[path] = facts
        if facts.failure is not None:
            self.failures[path] = facts.failure

    def facts(self, path: str) -> FileFacts | None:
        """The facts of a file, parsed now if need be; None when it cannot be read."""
        if path not in self._facts and path in self.digests and path not in self.failures:
            self.load([path])
        found = self._facts.get(path)
        return None if found is None or found.failure is not None else found

    def load(self, paths: Collection[str]) -> None:
        """Make the facts of several files at once."""
        missing = [path for path in paths if path in self.digests and path not in self._facts]
        cached = self._cached(missing)
        tasks: list[Task] = []
        for path in missing:
            value = cached.get(self.digests[path])
            if value is None or value.startswith(_VALID):
                tasks.append(Task(path, self._given.get(path), "extract"))
            else:
                self._take(path, value)
        self._perform(tasks)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
