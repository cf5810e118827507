"""Check files in a process of its own while the run goes on with others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection

import msgspec

from evlint.workers import FEW, RECURSION, SECONDS_PER_FILE, Result, Task, perform, run, start

# So few and short are the messages that a pipe holds them all until somebody asks.
BATCH = 64


class Checked(msgspec.Struct, frozen=True):
    """How many tasks are done, and of the last ones those that failed."""

    done: int
    failed: tuple[Result, ...] = ()


class Checks:
    """Tasks that are under way, of which only the failures are of interest.

    Args:
        tasks: What to do; begun at once.
        jobs: How many processes may do what is left over when the one that began dies or hangs.
    """

    def __init__(self, tasks: Sequence[Task], jobs: int) -> None:
        self._tasks = tasks
        self._jobs = jobs
        self._started = start(_work, list(tasks)) if len(tasks) > FEW else None

    def failures(self) -> Iterator[Result]:
        """Wait for the rest; a result for each task that failed."""
        done = 0
        if self._started is not None:
            process, connection = self._started
            while done < len(self._tasks) and connection.poll(SECONDS_PER_FILE * 2):
                try:
                    checked = msgspec.msgpack.decode(connection.recv_bytes(), type=Checked)
                except (EOFError, OSError, msgspec.DecodeError):
                    break
                done = checked.done
                yield from checked.failed
            connection.close()
            process.kill()
            process.join()
        # Of what is left when the process died or hung, all but the file at fault is done after all.
        yield from (result for result in run(self._tasks[done:], self._jobs) if result.failure is not None)


def _work(connection: Connection, tasks: list[Task]) -> None:
    sys.setrecursionlimit(RECURSION)
    for first in range(0, len(tasks), BATCH):
        batch = tasks[first : first + BATCH]
        results = [perform(task) for task in batch]
        failed = tuple(result for result in results if result.failure is not None)
        try:
            connection.send_bytes(msgspec.msgpack.encode(Checked(first + len(batch), failed)))
        except (OSError, KeyboardInterrupt):
            return
