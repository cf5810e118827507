"""The script that teaches a shell the commands and options of evlint."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from evlint.cli.arguments import parser
from evlint.cli.streams import write
from evlint.model.errors import UsageError

PLACES = frozenset({"PATH", "FILE", "FOLDER"})


def completion(arguments: Namespace) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError as error:
        raise UsageError("completion needs shtab", 'install it with `pip install "evlint[completion]"`') from error
    known = parser()
    _complete_places(known, shtab.FILE)
    write(shtab.complete(known, arguments.shell))
    return 0


def _complete_places(known: ArgumentParser, how: object) -> None:
    """Let the shell offer files where a file is meant."""
    for action in known._actions:  # noqa: SLF001
        if action.metavar in PLACES:
            setattr(action, "complete", how)  # noqa: B010  # shtab looks for it
        for command in action.choices.values() if isinstance(action.choices, dict) else ():
            _complete_places(command, how)
