"""The other end of the process that analyses."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path

import msgspec

import evlint
from evlint.server.worker import SIZE, STARTER, Asked, Outcome, framed


class Analyst:
    """Analyses the program in `folder`, one state after the other; a process that has died is replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Process | None = None

    async def ask(self, unsaved: Mapping[str, bytes]) -> Outcome:
        """What comes of the program on disk with what is `unsaved` in its place."""
        process = self._process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(framed(msgspec.msgpack.encode(Asked(dict(unsaved)))))
            await process.stdin.drain()
            size = int.from_bytes(await process.stdout.readexactly(SIZE), "big")
            message = await process.stdout.readexactly(size)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._process = None
            return Outcome(error="the analysis died; it begins anew with the next change")
        # What is large takes a while, and others want answers meanwhile.
        return await asyncio.to_thread(msgspec.msgpack.decode, message, type=Outcome)

    async def _start(self) -> Process:
        package = Path(evlint.__file__).parent.parent
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", STARTER, str(package), str(self._folder), stdin=PIPE, stdout=PIPE
        )

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
