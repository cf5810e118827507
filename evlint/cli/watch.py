"""`evlint check --watch`: check again whenever something changes that a check depends on."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from evlint import config as configuration
from evlint.cli.streams import complain, write
from evlint.config import OWN_FILE, SHARED_FILE, Config
from evlint.discover import SUFFIXES
from evlint.model.errors import UsageError
from evlint.project import BASELINE, cache_folder, root

if TYPE_CHECKING:
    from watchfiles import Change

CLEAR = "\x1b[2J\x1b[3J\x1b[H"
# How long the watcher gathers what comes together: an editor writes a file in several steps.
DEBOUNCE = 200  # milliseconds
PATIENCE = 500  # milliseconds, after which it looks whether it was interrupted
NAMES = frozenset({OWN_FILE, SHARED_FILE, ".gitignore"})


def watch(arguments: Namespace, check: Callable[[Namespace], int]) -> int:
    """Check, and check again after each change, until Ctrl-C; what is wrong with a call meanwhile is only told."""
    try:
        import watchfiles
    except ImportError as error:
        raise UsageError("--watch needs watchfiles", 'install it with `pip install "evlint[watch]"`') from error
    _refuse(arguments)
    matters = _Matters(arguments, watchfiles.DefaultFilter())
    changes = watchfiles.watch(
        *_places(arguments),
        watch_filter=matters,
        debounce=DEBOUNCE,
        rust_timeout=PATIENCE,
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    try:
        # The first step, which waits in vain, begins to watch: a change during the first check is not lost.
        next(changes)
        _check(arguments, check, matters)
        for changed in changes:
            if changed:
                _check(arguments, check, matters)
    except KeyboardInterrupt:
        write("\n", sys.stderr)
    return 0


class _Matters:
    """Tells the changes that a check depends on; `learn` what the configuration names."""

    def __init__(self, arguments: Namespace, usual: Callable[[Change, str], bool]) -> None:
        self._usual = usual
        self._arguments = arguments
        self.learn()

    def learn(self) -> None:
        config = _configured(self._arguments)
        self._files = frozenset(map(os.path.abspath, _inputs(self._arguments, config)))
        self._cache = os.path.join(os.path.abspath(self._arguments.cache_dir or cache_folder(config)), "")

    def __call__(self, change: Change, path: str) -> bool:
        if not self._usual(change, path) or os.path.join(path, "").startswith(self._cache):
            return False
        name = os.path.basename(path)
        if name.endswith(SUFFIXES) or name in NAMES or os.path.abspath(path) in self._files:
            return True
        # What came with a new folder may have come before it was watched.
        return change.raw_str() == "added" and os.path.isdir(path)


def _check(arguments: Namespace, check: Callable[[Namespace], int], matters: _Matters) -> None:
    write(CLEAR if sys.stdout.isatty() else "\n")
    try:
        check(arguments)
        matters.learn()
    except UsageError as error:
        complain(f"evlint: {error}")
    write("Watching for changes; Ctrl-C ends\n", sys.stderr)


def _refuse(arguments: Namespace) -> None:
    for option in ("add_ignores", "fix", "diff", "show_files", "show_settings", "stdin_filename"):
        if getattr(arguments, option):
            raise UsageError(f"--watch and --{option.replace('_', '-')} exclude each other")
    if "-" in arguments.paths:
        raise UsageError("--watch looks at files, so it cannot watch standard input")


def _places(arguments: Namespace) -> list[str]:
    """The paths to check, and the files besides that say how."""
    for path in arguments.paths:
        if not os.path.exists(path):
            raise UsageError(f"no such file or folder: `{path}`")
    places = [os.path.abspath(path) for path in arguments.paths or (".",)]
    further = map(os.path.abspath, _inputs(arguments, _configured(arguments)))
    return [
        *places,
        *(path for path in further if os.path.exists(path) and not any(Path(path).is_relative_to(p) for p in places)),
    ]


def _configured(arguments: Namespace) -> Config:
    path = Path(arguments.config) if arguments.config else configuration.find(Path.cwd())
    return configuration.load(path) if path is not None and not arguments.isolated else Config()


def _inputs(arguments: Namespace, config: Config) -> Iterator[str | Path]:
    """The files that are read besides the program."""
    if config.path is not None:
        yield config.path
    yield from config.dialect_files
    yield arguments.baseline or root(config) / BASELINE
    yield root(config) / config.schema_lock
