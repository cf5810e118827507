"""A project as its configuration describes it, for whoever checks one without a command line."""

from __future__ import annotations

from pathlib import Path

import msgspec

from evlint import app, baseline, config
from evlint.config import Config
from evlint.model.run import Run
from evlint.pack import packs
from evlint.rulebook import load
from evlint.rulebook.selection import Selection, select

BASELINE = ".evlint-baseline"
CACHE = ".evlint_cache"


class Project(msgspec.Struct, frozen=True):
    """The configuration that governs the working directory, and the rules that it chooses."""

    config: Config
    selection: Selection

    @property
    def root(self) -> Path:
        return root(self.config)

    def request(self, *paths: str, unsaved: dict[str, bytes] | None = None) -> app.Request:
        """What to analyse: all below the working directory, and `paths`; `unsaved` stand for what is on disk."""
        return app.Request(
            paths=(".", *paths),
            config=self.config,
            root=self.root,
            jobs=self.config.jobs,
            cache_dir=cache_folder(self.config),
            unsaved=unsaved or {},
        )

    def judge(self, analysis: app.Analysis) -> Run:
        """Check, and leave out what the baseline accepts."""
        run = app.check(analysis, self.selection)
        path = self.root / BASELINE
        if not path.is_file():
            return run
        codes = frozenset(rule.code for rule in self.selection.rules)
        return baseline.apply(run, baseline.read(path), (".",), codes)


def here() -> Project:
    """The project that the working directory is in."""
    path = config.find(Path.cwd())
    found = config.load(path) if path else Config()
    return Project(found, select(load(*packs()), found.choice))


def root(found: Config) -> Path:
    """The folder of the configuration, or else the git repository, or else the working directory."""
    if found.path:
        return found.directory
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def cache_folder(found: Config) -> Path:
    """Where the cache is."""
    return found.directory / found.cache_dir if found.cache_dir else root(found) / CACHE
