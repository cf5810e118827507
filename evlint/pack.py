"""Where packs of rules and dialects are: the built-in one, and those that installed packages announce.

Nothing is imported to find them, and the working directory, which is what is analysed, is never looked into: it must
not bring rules of its own, which are code that runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from evlint.model.errors import UsageError

GROUP = "evlint.packs"


def builtin() -> Path:
    """Return the built-in pack: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"


@cache
def packs() -> tuple[Path, ...]:
    """The built-in pack, then those of installed packages, in the order of their names.

    Raises:
        UsageError: A package announces a pack that is not there.
    """
    path = _trusted()
    found = {name: _folder(name, module, path) for name, module in _announced(path)}
    return (builtin(), *(found[name] for name in sorted(found)))


def _trusted() -> tuple[str, ...]:
    """Where Python looks for modules, but for the working directory, unless an installed package put it there."""
    library = os.path.dirname(os.__file__)
    given = sys.path.index(library) if library in sys.path else len(sys.path)
    here = os.getcwd()
    return tuple(
        entry for number, entry in enumerate(sys.path) if number > given or (entry and os.path.realpath(entry) != here)
    )


def _announced(path: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The packs that installed packages announce: a name, and the package that is the folder of the pack."""
    for entry in path:
        for file in sorted(Path(entry).glob("*.dist-info/entry_points.txt")):
            # Reading the few bytes of each costs less than to import what would parse them.
            text = file.read_text("utf-8", errors="replace")
            if GROUP not in text:
                continue
            from configparser import ConfigParser
            from configparser import Error as ConfigError

            parser = ConfigParser(delimiters=("=",), interpolation=None)
            try:
                parser.read_string(text)
            except ConfigError as error:
                raise UsageError(f"{file}: cannot be read: {error}", "install that package again") from error
            if parser.has_section(GROUP):
                yield from parser.items(GROUP)


def _folder(name: str, module: str, path: Sequence[str]) -> Path:
    places: Sequence[str] = path
    for part in module.split("."):
        spec = PathFinder.find_spec(part, places)
        if spec is None or spec.submodule_search_locations is None:
            raise UsageError(
                f"the rules `{name}` are announced as the package `{module}`, and there is none",
                "install what announces them again, or take it away",
            )
        places = tuple(spec.submodule_search_locations)
    return Path(places[0])
