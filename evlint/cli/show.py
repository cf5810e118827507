"""What a run would read, and by which settings, without the run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from evlint.cli.streams import write
from evlint.config import Config, Table
from evlint.report.escape import terminal
from evlint.rulebook.selection import Selection

if TYPE_CHECKING:
    from evlint.app import Request


def files(request: Request) -> int:
    """Print the files that would be analysed, one a line."""
    from evlint import app

    write("".join(f"{terminal(path)}\n" for path in app.files(request)))
    return 0


def settings(config: Config, selection: Selection) -> int:
    """Print the settings as a configuration that comes to the same, and the rules that would run."""
    write("".join(f"{line}\n" for line in _lines(config, selection)))
    return 0


def _lines(config: Config, selection: Selection) -> Iterator[str]:
    yield f"# from {terminal(str(config.path)) if config.path else 'no configuration'} and the command line"
    for field in msgspec.structs.fields(Table):
        value = msgspec.to_builtins(getattr(config, field.name))
        yield f"# {field.encode_name} is not set" if value is None else f"{field.encode_name} = {_toml(value)}"
    yield ""
    yield f"# {len(selection.rules)} rules run:"
    for rule in selection.rules:
        yield f"#   {rule.code} {rule.name} ({selection.severities.get(rule.code, rule.meta.severity)})"


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """Quote a text; all but printable ASCII is escaped, so that it is inert on a terminal and in a job's log."""
    return '"' + re.sub(r"[^ !#-\[\]-~]|(?<=#)#", lambda found: f"\\U{ord(found[0]):08X}", text) + '"'
