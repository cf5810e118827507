"""The command line: arguments in, one command, an exit code out."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module

from evlint.cli.arguments import COMMANDS, parse
from evlint.cli.streams import complain, prepare, write
from evlint.model.errors import UsageError

# The module of each command, which has a function of its name.
MODULES = {
    "check": "analysis",
    "graph": "graph",
    "docs": "docs",
    "why": "why",
    "init": "init",
    "baseline": "baseline",
    "schema": "schema",
    "review": "review",
    "trace": "trace",
    "explain": "pages",
    "rules": "pages",
    "dialects": "pages",
    "json-schema": "schemas",
    "completion": "completion",
    "server": "server",
}
FAILED = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run evlint and return its exit code: 0 clean, 1 findings, 2 if it could not do what was asked."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    prepare()
    try:
        return _run(given)
    except UsageError as error:
        _trace(debug=debug)
        complain(f"evlint: {error}")
    except KeyboardInterrupt:
        complain("evlint: interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, the exit code must not be 1
        # Left alone, Python would end with 1, which says that there are findings.
        _trace(debug=debug)
        complain(f"evlint: internal error: {type(error).__name__}: {error}; --debug shows the traceback")
    return FAILED


def _trace(*, debug: bool) -> None:
    if debug:
        from traceback import format_exc

        write(format_exc(), sys.stderr)


def _run(given: list[str]) -> int:
    parsed = parse(_with_command(given))
    # Only the command that runs is imported.
    command: Callable[[Namespace], int] = getattr(
        import_module(f"evlint.cli.{MODULES[parsed.command]}"), parsed.command.replace("-", "_")
    )
    return command(parsed)


def _with_command(given: list[str]) -> list[str]:
    """Put `check` in front of arguments that name no command."""
    first = given[0] if given else ""
    if first in (*COMMANDS, "-h", "--help", "-V", "--version"):
        return given
    near = [] if first.startswith("-") else get_close_matches(first, COMMANDS, 1)
    if near and not os.path.lexists(first):
        raise UsageError(f"no such command, file or folder: `{first}`", f"did you mean `{near[0]}`?")
    return ["check", *given]
