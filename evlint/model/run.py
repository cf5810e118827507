"""One analysis: what is chosen for it, and what it found."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from evlint.model.finding import Finding
from evlint.model.program import SkippedFile

Level = Literal["error", "warning", "info", "off"]


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What holds for the files under `paths` only: gitignore patterns, relative to the configuration file."""

    paths: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    severity: dict[str, Level] = {}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules run, and how: what the configuration and the command line say, not yet held against any rule.

    A selector is a code, the beginning of one, a name, or `ALL`. `select` is None where the default rules run.
    `ruleset` is the version of evlint whose rules these are: a later rule runs only if its code or name is given.
    `prefix` leads from the folder that the paths of overrides are relative to, to the working directory.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: dict[str, Level] = {}
    options: dict[str, dict[str, Any]] = {}
    overrides: tuple[Override, ...] = ()
    prefix: str = ""
    ruleset: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one analysis found: findings sorted by place, those that comments accept apart.

    `accepted` counts those that the baseline accepts; `stale` are its lines that fit nothing any more.
    `untouched` counts those that the change in question has nothing to do with.
    """

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    analysed: int = 0
    skipped: tuple[SkippedFile, ...] = ()
    unresolved: int = 0
    rules: int = 0
    accepted: int = 0
    stale: tuple[str, ...] = ()
    untouched: int = 0
