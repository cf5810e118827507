"""Parse files in processes of their own, so that the death of one costs one file."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Literal

import msgspec

from evlint.model.facts import Failure
from evlint.model.source import digest

# Below this many files, starting a process costs more than it saves.
FEW = 16
SECONDS_PER_FILE = 20.0
AHEAD = 8
RECURSION = 20_000


Screening = Callable[[bytes], bool]


class Task(msgspec.Struct, frozen=True):
    """A file to parse, to parse if the screen admits it, or only to check. `data` stands for what is on disk."""

    path: str
    data: bytes | None
    work: Literal["extract", "screen", "check"]


class Result(msgspec.Struct, frozen=True):
    """What became of a task: encoded facts, a failure, or neither when the file is merely valid, or not admitted.

    `keep` says that the failure follows from the bytes alone.
    """

    path: str
    digest: str = ""
    facts: bytes | None = None
    failure: Failure | None = None
    keep: bool = True


def run(tasks: Sequence[Task], jobs: int, admits: Screening | None = None) -> Iterator[Result]:
    """Perform all tasks; results come in any order, one for each task."""
    if len(tasks) <= FEW:
        yield from (perform(task, admits) for task in tasks)
        return
    # Large files first, so that no process is left with one at the end.
    ordered = sorted(tasks, key=lambda task: (-_cost(task), task.path))
    yield from _Pool(ordered, max(1, min(jobs, len(tasks))), admits).results()


def perform(task: Task, admits: Screening | None = None) -> Result:
    """Parse, screen or check one file."""
    from evlint.extract import extract
    from evlint.extract.syntax import check

    try:
        data = task.data if task.data is not None else _content(task.path)
    except OSError as error:
        return Result(task.path, failure=Failure(error.strerror or str(error)), keep=False)
    name = digest(data)
    if task.work == "check":
        return Result(task.path, name, failure=check(data))
    if task.work == "screen" and admits is not None and not admits(data):
        return Result(task.path, name)
    facts = extract(data)
    return Result(task.path, name, msgspec.msgpack.encode(facts), facts.failure)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _cost(task: Task) -> int:
    try:
        size = len(task.data) if task.data is not None else os.stat(task.path).st_size
    except OSError:
        size = 0
    # Parsing costs about twelve times what checking does.
    return size * 12 if task.work == "extract" else size


def start(work: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """A process that runs `work(connection, *arguments)`, and the other end of its connection."""
    context = multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing.get_context("spawn")
    mine, other = context.Pipe()
    process = context.Process(target=work, args=(other, *arguments), daemon=True)
    process.start()
    other.close()
    return process, mine


class _Worker:
    """A process, the tasks that it was given, and when it last said something."""

    def __init__(self, admits: Screening | None) -> None:
        self.process, self.connection = start(_work, admits)
        self.given: list[Task] = []
        self.since = time.monotonic()

    def give(self, task: Task) -> None:
        if not self.given:
            self.since = time.monotonic()
        self.given.append(task)
        self.connection.send_bytes(msgspec.msgpack.encode(task))

    def take(self) -> Result:
        result = msgspec.msgpack.decode(self.connection.recv_bytes(), type=Result)
        self.given.pop(0)
        self.since = time.monotonic()
        return result

    def is_late(self) -> bool:
        return bool(self.given) and time.monotonic() - self.since > SECONDS_PER_FILE

    def stop(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


class _Pool:
    """Hands tasks out a few ahead, and starts a new process for each that dies or hangs."""

    def __init__(self, tasks: Sequence[Task], jobs: int, admits: Screening | None) -> None:
        self._waiting = list(reversed(tasks))
        self._admits = admits
        self._workers = [_Worker(admits) for _ in range(jobs)]

    def results(self) -> Iterator[Result]:
        try:
            for worker in self._workers:
                self._feed(worker)
            while any(worker.given for worker in self._workers):
                yield from self._round()
        finally:
            for worker in self._workers:
                worker.stop()

    def _round(self) -> Iterator[Result]:
        busy = {worker.connection: worker for worker in self._workers if worker.given}
        for connection in wait(list(busy), timeout=1.0):
            assert isinstance(connection, Connection)
            worker = busy[connection]
            try:
                result = worker.take()
            except (EOFError, OSError, msgspec.DecodeError):
                yield self._bury(worker, "the parser died on it")
            else:
                self._feed(worker)
                yield result
        for worker in list(busy.values()):
            if worker in self._workers and worker.is_late():
                yield self._bury(worker, f"took longer than {SECONDS_PER_FILE:.0f} s to parse")

    def _feed(self, worker: _Worker) -> None:
        while self._waiting and len(worker.given) < AHEAD:
            try:
                worker.give(self._waiting[-1])
            except OSError:
                worker.given.pop()
                return
            self._waiting.pop()

    def _bury(self, worker: _Worker, reason: str) -> Result:
        """Replace a worker; the file that it was on is lost, those that waited behind it are not."""
        lost, *rest = worker.given
        worker.stop()
        self._workers.remove(worker)
        self._waiting.extend(reversed(rest))
        fresh = _Worker(self._admits)
        self._workers.append(fresh)
        self._feed(fresh)
        return Result(lost.path, failure=Failure(reason), keep=False)


def _work(connection: Connection, admits: Screening | None) -> None:
    """Serve tasks until the other side hangs up."""
    import gc

    from evlint.extract.parse import trust_the_parser

    # The trees hold no cycles, and looking for some takes a quarter of the time.
    gc.disable()
    sys.setrecursionlimit(RECURSION)
    trust_the_parser()
    while True:
        try:
            task = msgspec.msgpack.decode(connection.recv_bytes(), type=Task)
            connection.send_bytes(msgspec.msgpack.encode(perform(task, admits)))
        except (EOFError, OSError, KeyboardInterrupt):
            return
