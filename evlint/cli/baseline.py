"""The commands that keep a baseline: `evlint baseline create`, `update` and `prune`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from evlint import baseline as accepted
from evlint.cli.analysis import checked, configured
from evlint.cli.streams import write
from evlint.model.errors import UsageError
from evlint.project import BASELINE, root


def baseline(arguments: Namespace) -> int:
    """Write the baseline; `create` refuses to replace one, `prune` only takes entries away."""
    config = configured(arguments)
    path = Path(arguments.baseline).absolute() if arguments.baseline else root(config) / BASELINE
    if arguments.action == "create" and path.exists():
        raise UsageError(
            f"there is a baseline already: `{path.name}`", "accept new findings by `evlint baseline update`"
        )
    old = accepted.read(path) if arguments.action == "prune" else ()
    run, codes = checked(arguments, config)
    current = accepted.entries(run.findings)
    if arguments.action == "prune":
        stale = set(accepted.apply(run, old, arguments.paths or (".",), codes).stale)
        current = tuple(entry for entry in old if entry.line not in stale)
    try:
        path.write_text(accepted.dumps(current), encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write to `{path}`: {error.strerror}") from error
    if not arguments.quiet:
        removed = f", {len(old) - len(current)} taken away" if arguments.action == "prune" else ""
        write(f"{len(current)} findings accepted in {path.name}{removed}\n", sys.stderr)
    return 0
