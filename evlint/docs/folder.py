"""Bring a folder up to date with the documents that belong into it, or tell how it differs from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path

import msgspec

from evlint.model.errors import UsageError

MARK = "evlint docs"
# Every document bears the mark near its beginning.
HEAD = 600
# That code moved up or down alone makes no document stale.
_LINE = re.compile(r"(?<=#L)\d+")


class Changes(msgspec.Struct, frozen=True):
    """What a folder needs: documents by path to write, and paths of documents that nothing stands for any more."""

    written: Mapping[str, str]
    removed: tuple[str, ...]
    kept: int

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def compared(folder: Path, documents: Mapping[str, str], owned: Sequence[str], *, exactly: bool) -> Changes:
    """Hold the folder against its documents.

    Args:
        folder: Where the documents are.
        documents: What they should say, by path below the folder.
        owned: Patterns of the paths at which stale documents may lie.
        exactly: Whether a line number in a link is reason enough to write a document anew.

    Raises:
        UsageError: A file that evlint did not write is in the way, or one cannot be read.
    """
    written: dict[str, str] = {}
    for path, text in documents.items():
        present = _read(folder / path)
        if present is not None and MARK not in present[:HEAD]:
            raise UsageError(
                f"{folder / path} was not written by evlint, so it is left alone",
                "move it, or choose another folder with --out",
            )
        if present is None or (present != text if exactly else _steady(present) != _steady(text)):
            written[path] = text
    return Changes(written, tuple(_stale(folder, documents, owned)), len(documents) - len(written))


def apply(folder: Path, changes: Changes) -> None:
    """Write and remove what the changes say."""
    try:
        for path, text in changes.written.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        for path in changes.removed:
            (folder / path).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to `{error.filename or folder}`: {error.strerror}") from error


def difference(folder: Path, changes: Changes) -> Iterator[str]:
    """The changes as a unified diff, line by line."""
    for path in sorted({*changes.written, *changes.removed}):
        before = _steady(_read(folder / path) or "").splitlines()
        after = _steady(changes.written.get(path, "")).splitlines()
        yield from unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm="")


def _steady(text: str) -> str:
    return _LINE.sub("…", text)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _stale(folder: Path, documents: Mapping[str, str], owned: Sequence[str]) -> Iterator[str]:
    for pattern in owned:
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            if name not in documents and path.is_file() and MARK in (_read(path) or "")[:HEAD]:
                yield name
