"""The command that tells why something is, or is not, a fact."""

from __future__ import annotations

import sys
from argparse import Namespace

import msgspec

from evlint.cli.analysis import configured, request
from evlint.cli.streams import progress, write
from evlint.model.why import Reason, Verdict
from evlint.report.document import dumps
from evlint.report.escape import terminal

MARKS: dict[Verdict, str] = {"fact": "+", "unresolved": "?", "nothing": "-"}


def why(arguments: Namespace) -> int:
    """Print the reasons; the exit code is 0 whatever they are."""
    config = configured(arguments)

    from evlint import app
    from evlint import why as reasons

    with progress(enabled=sys.stderr.isatty() and not arguments.debug) as report:
        linked = app.link(msgspec.structs.replace(request(arguments, config), progress=report))
    is_place = reasons.PLACE.match(arguments.target) is not None
    found = (reasons.of_place if is_place else reasons.of_event)(linked, arguments.target)
    if arguments.format == "json":
        write(dumps(msgspec.to_builtins(found)))
    else:
        write("\n".join(_text(reason) for reason in found))
    return 0


def _text(reason: Reason) -> str:
    place = f"{reason.location.path}:{reason.location.line}: " if reason.location is not None else ""
    lines = [f"{place}{MARKS[reason.verdict]} {reason.subject}", *(f"    {line}" for line in reason.because)]
    if reason.remedy:
        lines.append(f"    remedy: {reason.remedy}")
    return "".join(f"{terminal(line)}\n" for line in lines)
