"""What the linter suspects of handlers, read from the document that `evlint check --format json` prints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

DECIDED_BY = {
    "EVL301": ("twice", "crash", "again"),
    "EVL302": ("twice", "crash", "again"),
    "EVL303": ("late", "shuffled"),
}
"""The faults that confirm or clear the findings of a rule."""


class Seen(Protocol):
    """A handler that did something else."""

    @property
    def handler(self) -> str: ...

    @property
    def fault(self) -> str: ...

    @property
    def happened(self) -> str: ...


class Suspicion(msgspec.Struct, frozen=True):
    """A finding of the linter, as far as it matters here."""

    code: str
    path: str
    line: int

    def concerns(self, function: Callable[..., object]) -> bool:
        """Whether it stands in this handler."""
        function = inspect.unwrap(function)
        try:
            lines, first = inspect.getsourcelines(function)
        except (OSError, TypeError):
            return False
        parts, own = Path(self.path).parts, Path(function.__code__.co_filename).parts
        tail = min(2, len(parts))
        return parts[-tail:] == own[-tail:] and first <= self.line < first + len(lines)

    def verdict(self, handler: str, seen: int, tried: Collection[str], found: Sequence[Seen]) -> str:
        """Say what came of it, where `handler` had `seen` events and `found` is what differed."""
        deciding = DECIDED_BY[self.code]
        for difference in found:
            if difference.handler == handler and difference.fault in deciding:
                return f"confirmed: {handler} does something else when {difference.happened}"
        if not seen:
            return f"not tried: {handler} had no event"
        left = [fault for fault in deciding if fault in tried]
        return f"cleared: {handler} stood {', '.join(left)}" if left else f"not tried: needs {' or '.join(deciding)}"


class _Findings(msgspec.Struct):
    findings: list[Suspicion]


def suspicions(path: Path) -> list[Suspicion]:
    """Read the findings that a fault can confirm or clear.

    Raises:
        ValueError: the file is no such document.
    """
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Findings)
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"{path}: {error}; `evlint check --format json:FILE` writes what is read here") from error
    return [finding for finding in document.findings if finding.code in DECIDED_BY]
