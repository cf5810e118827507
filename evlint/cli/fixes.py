"""`evlint check --fix` and `--diff`: write what cures findings, or show it."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from shutil import copymode

import msgspec

from evlint.cli.outputs import Stdin
from evlint.cli.streams import write
from evlint.extract.decode import decode
from evlint.fix.passes import Fixed, Judge, Operation, identity
from evlint.fix.remedies import with_fixes
from evlint.fix.sources import Sources
from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.model.program import Program
from evlint.model.run import Run
from evlint.report.escape import terminal

MOST_REFUSED = 5


def fix(judge: Judge, paths: Iterable[str], wanted: Sequence[Finding] | None, arguments: Namespace) -> bool:
    """Fix the files, or show the difference that it would make; tells whether there is anything to fix.

    `wanted` are the findings that may be cured; None stands for all.
    """
    chosen = None if wanted is None else {identity(finding) for finding in wanted}
    operation = Operation(
        judge,
        frozenset(paths),
        lambda path: Path(path).read_bytes(),
        unsafe=arguments.unsafe_fixes,
        wanted=lambda finding: chosen is None or identity(finding) in chosen,
    )
    fixed = operation.run()
    before = {path: Path(path).read_bytes() for path in fixed.contents}
    changed = {path: data for path, data in sorted(fixed.contents.items()) if data != before[path]}
    for path, data in changed.items():
        if arguments.diff:
            write("".join(f"{_shown(line)}\n" for line in _difference(path, before[path], data)))
        else:
            replace(path, data)
    if not arguments.quiet:
        write("".join(f"{line}\n" for line in _told(fixed, len(changed), would=arguments.diff)), sys.stderr)
    return bool(changed)


def proposed(run: Run, program: Program, paths: Iterable[str], stdin: Stdin) -> Run:
    """The run with the edits that would cure its findings."""
    given = dict([stdin]) if stdin else {}
    sources = Sources(frozenset(paths), lambda path: given[path] if path in given else Path(path).read_bytes())
    return msgspec.structs.replace(run, findings=with_fixes(run.findings, program, sources))


def replace(path: str, data: bytes) -> None:
    """Put `data` in the place of a file at once, so that nobody ever finds half of it."""
    place = os.path.realpath(path)
    try:
        if not os.access(place, os.W_OK):
            raise PermissionError(13, "it may not be written to")
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(place), prefix=".evlint-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            copymode(place, temporary)
            os.replace(temporary, place)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"cannot write to `{path}`: {error.strerror}") from error


def _difference(path: str, before: bytes, after: bytes) -> Iterator[str]:
    return unified_diff(_lines(before), _lines(after), path, path, lineterm="")


def _lines(data: bytes) -> list[str]:
    text = decode(data)
    return str(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _shown(line: str) -> str:
    return "\t".join(map(terminal, line.split("\t")))


def _told(fixed: Fixed, files: int, *, would: bool) -> Iterator[str]:
    cured, unsafe = len(fixed.cured), len(fixed.unsafe)
    done = "would be fixed" if would else "fixed"
    more = f"; {unsafe} more with --unsafe-fixes" if unsafe else ""
    yield f"{_count(cured, 'finding')} {done} in {_count(files, 'file')}{more}"
    for finding, reason in fixed.refused[:MOST_REFUSED]:
        place = f"{terminal(finding.location.path)}:{finding.location.line}"
        yield f"  not fixed: {place}: {finding.code}: {terminal(reason)}"
    if len(fixed.refused) > MOST_REFUSED:
        yield f"  and {len(fixed.refused) - MOST_REFUSED} more that cannot be fixed"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
