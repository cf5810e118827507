"""The process that analyses, so that the one that answers an editor never waits and never dies of a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.model.program import Program

# What starts the process. It says where evlint is, because the working directory, which is the program that is
# analysed, must not be where Python looks for modules.
STARTER = "import sys; sys.path[0] = sys.argv[1]; from evlint.server.worker import main; main(sys.argv[2])"
SIZE = 8  # bytes before each message that tell its length


class Asked(msgspec.Struct, frozen=True):
    """An analysis that is wanted: `unsaved` is what stands in the editor for what is on disk, by path."""

    unsaved: dict[str, bytes] = {}


class Outcome(msgspec.Struct, frozen=True):
    """What came of it: the flow and the findings, or why there are none."""

    program: Program = Program()
    findings: tuple[Finding, ...] = ()
    error: str = ""


def main(folder: str) -> None:
    """Serve until the other side hangs up."""
    os.chdir(folder)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever prints, now or in a process of the analysis, must not come between.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (message := read(sys.stdin.buffer)) is not None:
        outcome = analyse(msgspec.msgpack.decode(message, type=Asked).unsaved)
        answers.write(framed(msgspec.msgpack.encode(outcome)))
        answers.flush()


def read(stream: BinaryIO) -> bytes | None:
    """The next message; None where there is no other."""
    size = int.from_bytes(stream.read(SIZE), "big")
    return stream.read(size) or None


def framed(message: bytes) -> bytes:
    """The message with its length before it."""
    return len(message).to_bytes(SIZE, "big") + message


def analyse(unsaved: dict[str, bytes]) -> Outcome:
    """Check the working directory, as its configuration and baseline say."""
    from evlint import app
    from evlint.fix.remedies import with_fixes
    from evlint.fix.sources import Sources
    from evlint.project import here

    try:
        project = here()
        request = project.request()
        files = frozenset(app.files(request))
        # A file that is open and excluded is no part of the program.
        known = {path: data for path, data in unsaved.items() if path in files}
        analysis = app.analyse(msgspec.structs.replace(request, unsaved=known))
        findings = project.judge(analysis).findings
        sources = Sources(files, lambda path: known[path] if path in known else Path(path).read_bytes())
        findings = with_fixes(findings, analysis.program, sources)
    except UsageError as error:
        return Outcome(error=str(error))
    except Exception as error:  # noqa: BLE001  # the next state of the program may do better
        return Outcome(error=f"internal error: {type(error).__name__}: {error}")
    return Outcome(_flow(analysis.program), findings)


def _flow(program: Program) -> Program:
    """What an editor shows of a program; the rest takes longer to hand over than to find."""
    return msgspec.structs.replace(
        program, behaviours=(), types=(), changes=(), dependencies=(), intakes=(), suppressions=(), lock=None
    )
