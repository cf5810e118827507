"""Where reports go: standard output, or files."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import msgspec

from evlint.cli.sources import source_lines
from evlint.cli.streams import is_coloured, width, write
from evlint.model.errors import UsageError
from evlint.model.rule import Rule
from evlint.report.context import Context

FILE_WIDTH = 100

Stdin = tuple[str, bytes] | None


def one_on_stdout(formats: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The formats, of which only one may go to standard output."""
    printed = [name for name, file in formats if not file]
    if len(printed) > 1:
        raise UsageError(f"two formats for standard output: {' and '.join(printed)}", f"write `{printed[1]}:FILE`")
    return list(formats)


def context_of(
    arguments: Namespace, formats: Sequence[tuple[str, str]], rules: Sequence[Rule], stdin: Stdin
) -> Context:
    """What reports are rendered for."""
    import evlint

    return Context(
        # Looking it up costs 30 ms, and only documents state it.
        version=evlint.__version__ if any(name in ("json", "sarif") for name, _ in formats) else "",
        rules={rule.code: rule for rule in rules},
        source=source_lines(stdin),
        width=width(),
        color=is_coloured(arguments.color, sys.stdout),
    )


def for_file(context: Context, file: str) -> Context:
    """The context of a report that goes to `file`; the one given where that is empty."""
    return msgspec.structs.replace(context, color=False, width=FILE_WIDTH) if file else context


def renderer(module: str) -> Callable[..., str]:
    """Import a report only when it is asked for; rich alone takes 60 ms."""
    render: Callable[..., str] = import_module(f"evlint.report.{module}").render
    return render


def output(text: str, file: str) -> None:
    """Write a report to `file`, or to standard output where that is empty."""
    if not file:
        write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"cannot write to `{file}`: {error.strerror}") from error
