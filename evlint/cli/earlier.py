"""Another state of the program: the one that git holds at a revision."""

from __future__ import annotations

from argparse import Namespace

from evlint import revision
from evlint.config import Config
from evlint.discover import DEFAULT_EXCLUDE
from evlint.patterns import Patterns


def contents(arguments: Namespace, config: Config, commit: str) -> dict[str, bytes]:
    """The files of `commit` that the command line asks for."""
    paths = tuple(path for path in arguments.paths if path != "-") or (".",)
    excluded = Patterns((*(DEFAULT_EXCLUDE if config.exclude is None else config.exclude), *config.extend_exclude))
    return {path: data for path, data in revision.contents(commit, paths).items() if not excluded.covers(path)}
