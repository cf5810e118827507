"""What is known of the program that an editor has open, kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from evlint.model.finding import Finding
from evlint.model.program import Program
from evlint.server.analyst import Analyst
from evlint.server.index import Index
from evlint.server.worker import Outcome


class Session:
    """The last state of the program that could be analysed, while the next one is on its way.

    Args:
        analyst: Analyses the program.
        unsaved: Says what the editor holds that is not on disk, when an analysis begins.
        told: Is given what came of each analysis.
    """

    def __init__(
        self,
        analyst: Analyst,
        unsaved: Callable[[], Mapping[str, bytes]],
        told: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        self._analyst = analyst
        self._unsaved = unsaved
        self._told = told
        self._is_stale = False
        self._task: asyncio.Task[None] | None = None
        self.index = Index(Program())
        self.findings: dict[str, list[Finding]] = {}

    def refresh(self) -> None:
        """Analyse anew, once what is under way is done; any number of changes meanwhile make one analysis."""
        self._is_stale = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._is_stale:
            self._is_stale = False
            outcome = await self._analyst.ask(self._unsaved())
            if not outcome.error:
                self.index = Index(outcome.program)
                self.findings = {}
                for finding in outcome.findings:
                    self.findings.setdefault(finding.location.path, []).append(finding)
            await self._told(outcome)

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._analyst.close()
