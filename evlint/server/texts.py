"""The text of files as an editor has it, and places in it as an editor counts them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import TextDocument, Workspace

from evlint.extract.decode import decode
from evlint.model.facts import Failure
from evlint.model.source import Location, Span

_WORD = re.compile(r"\w+")
_TEXT = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")


class Texts:
    """The files of a folder, as the editor has them where it has them."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace = workspace
        self._folder = folder
        self._read: dict[str, tuple[tuple[int, int], list[str]]] = {}

    def path(self, uri: str) -> str | None:
        """The path of a document as reports print it; None for what is not in the folder."""
        full = to_fs_path(uri) if urlsplit(uri).scheme == "file" else None
        try:
            return Path(full).relative_to(self._folder).as_posix() if full else None
        except ValueError:
            return None

    def uri(self, path: str) -> str:
        """The URI of a file."""
        return str(from_fs_path(str(self._folder / path)))

    def unsaved(self) -> dict[str, bytes]:
        """What the editor holds that is not on disk, by path."""
        found: dict[str, bytes] = {}
        for document in self._workspace.text_documents.values():
            path = self.path(document.uri)
            if path is not None:
                data = encoded(document.source)
                if data != self._on_disk(path):
                    found[path] = data
        return found

    def _on_disk(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except OSError:
            return b""

    def lines(self, path: str) -> list[str]:
        """The lines of a file, without their ends; none where it cannot be read."""
        document = self._open(path)
        return document.source.splitlines() if document is not None else self._lines_on_disk(path)

    def source(self, path: str) -> str:
        """The text of a file as it is; empty where it cannot be read."""
        document = self._open(path)
        text = document.source if document is not None else decode(self._on_disk(path))
        return "" if isinstance(text, Failure) else text

    def _open(self, path: str) -> TextDocument | None:
        # Editors quote URIs in ways of their own, so that only paths compare.
        return next((item for item in self._workspace.text_documents.values() if self.path(item.uri) == path), None)

    def _lines_on_disk(self, path: str) -> list[str]:
        try:
            stat = os.stat(self._folder / path)
        except OSError:
            return []
        state = stat.st_mtime_ns, stat.st_size
        known = self._read.get(path)
        if known is None or known[0] != state:
            text = decode(self._on_disk(path))
            known = self._read[path] = state, [] if isinstance(text, Failure) else text.splitlines()
        return known[1]

    def location(self, place: Location) -> types.Location:
        """A place as the editor counts."""
        return types.Location(self.uri(place.path), self.range(place.path, place.span))

    def range(self, path: str, span: Span) -> types.Range:
        """A span as the editor counts."""
        lines = self.lines(path)
        return types.Range(
            self._position(lines, span.line, span.column), self._position(lines, span.end_line, span.end_column)
        )

    def head(self, path: str, span: Span) -> types.Range:
        """The part of a span on its first line, to the end of that line."""
        lines = self.lines(path)
        length = len(lines[span.line - 1]) if span.line <= len(lines) else 0
        end = span.end_column if span.end_line == span.line and span.end_column > span.column else length + 1
        return self.range(path, Span(span.line, span.column, span.line, max(end, span.column)))

    def _position(self, lines: list[str], line: int, column: int) -> types.Position:
        text = lines[line - 1] if line <= len(lines) else ""
        units = self._workspace.position_codec.client_num_units(text[: column - 1])
        return types.Position(max(line - 1, 0), units)

    def place(self, path: str, position: types.Position) -> tuple[int, int, str]:
        """Line and column from 1 of a position, and the name or the quoted text that stands there."""
        lines = self.lines(path)
        text = lines[position.line] if position.line < len(lines) else ""
        count = self._workspace.position_codec.client_num_units
        column = next((at for at in range(len(text) + 1) if count(text[:at]) >= position.character), len(text))
        return position.line + 1, column + 1, _word(text, column)


def encoded(text: str) -> bytes:
    """The bytes of a text in the encoding that it declares."""
    data = text.encode("utf-8", "surrogatepass")
    declared = re.match(rb"(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)", data)
    try:
        return text.encode(declared[1].decode()) if declared else data
    except (LookupError, UnicodeError):
        return data


def _word(line: str, column: int) -> str:
    """A whole quoted text counts before the word in it."""
    for pattern in (_TEXT, _WORD):
        for match in pattern.finditer(line):
            if match.start() <= column <= match.end():
                return next(filter(None, match.groups()), match[0]) if match.groups() else match[0]
    return ""
