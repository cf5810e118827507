"""What happened while the program ran, held against what its code says."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from evlint.cli.analysis import analysed, configured
from evlint.cli.outputs import context_of, for_file, one_on_stdout, output, renderer
from evlint.cli.streams import write
from evlint.cli.summary import graph_summary
from evlint.model.errors import UsageError

MODULES = {"text": "trace_text", "json": "trace_json"}


def trace(arguments: Namespace) -> int:
    """Report what only one side knows; the exit code is 1 if there is anything."""
    from evlint.observed.agreement import compare
    from evlint.observed.records import read

    config = configured(arguments)
    formats = one_on_stdout(arguments.format) or [("text", "")]
    observations = [found for file in arguments.observed for found in read(_content(file), file)]
    analysis = analysed(arguments, config, None)
    agreement = compare(analysis.flow, observations, Path.cwd().as_posix())
    context = context_of(arguments, formats, (), None)
    for name, file in formats:
        output(renderer(MODULES[name])(agreement, for_file(context, file)), file)
    if not arguments.quiet:
        write(graph_summary(analysis.program, config.path, verbose=arguments.verbose), sys.stderr)
    return int(not agreement.is_exact)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{file}`: {error.strerror}") from error
