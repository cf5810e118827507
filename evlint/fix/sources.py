"""The files that are to be edited, parsed, with the place of every node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

from evlint.extract.decode import decode, encoded
from evlint.extract.depth import check_depth
from evlint.extract.parse import parse
from evlint.extract.positions import Lines, tokens_of
from evlint.model.facts import Failure
from evlint.model.finding import Edit
from evlint.model.source import Location, Span

Kind = TypeVar("Kind", bound=cst.CSTNode)


class Impossible(Exception):  # noqa: N818  # not an error: the finding stays
    """A finding cannot be cured; the text says why."""


class Source:
    """One file, as text and as a tree.

    Raises:
        Impossible: The file cannot be read, or would not be written as it was.
    """

    def __init__(self, path: str, data: bytes) -> None:
        text = decode(data)
        if isinstance(text, Failure) or encoded(text, data) != data:
            raise Impossible(f"`{path}` cannot be read")
        self.path = path
        self.text = text
        self._lines = Lines(text)

    @cached_property
    def module(self) -> cst.Module:
        """The tree, which gives back the text to the last blank."""
        # What is nested too deeply ends the process.
        deep = check_depth(self.text, tokens_of(self.text))
        module = deep if deep is not None else parse(self.text)
        if isinstance(module, Failure) or module.code != self.text:
            raise Impossible(f"`{self.path}` cannot be parsed")
        return module

    @cached_property
    def _metadata(self) -> MetadataWrapper:
        # What was just parsed shares no nodes.
        return MetadataWrapper(self.module, unsafe_skip_copy=True)

    @cached_property
    def _ranges(self) -> Mapping[cst.CSTNode, CodeRange]:
        return self._metadata.resolve(PositionProvider)

    @cached_property
    def _parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        return self._metadata.resolve(ParentNodeProvider)

    @property
    def newline(self) -> str:
        """What ends a line of this file."""
        return self.module.default_newline

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets at which a node begins and ends."""
        place = self._ranges[node]
        return (
            self._lines.offset(place.start.line, place.start.column + 1),
            self._lines.offset(place.end.line, place.end.column + 1),
        )

    def line_of(self, node: cst.CSTNode) -> int:
        """The line on which a node begins."""
        return self._ranges[node].start.line

    def offsets(self, span: Span) -> tuple[int, int]:
        """The offsets of a span of this file."""
        return self._lines.offset(span.line, span.column), self._lines.offset(span.end_line, span.end_column)

    def written(self, node: cst.CSTNode) -> str:
        """The node as it stands in the file."""
        start, end = self.span(node)
        return self.text[start:end]

    def nodes(self, kind: type[Kind]) -> Iterator[Kind]:
        """All nodes of a kind, in no order."""
        return (node for node in self._ranges if isinstance(node, kind))

    def node_at(self, span: Span, kind: type[Kind], *, whole: bool = True) -> Kind:
        """The node of that kind at a place; unless `whole`, only its beginning counts."""
        wanted = self.offsets(span)
        for node in self.nodes(kind):
            start, end = self.span(node)
            if start == wanted[0] and (not whole or end == wanted[1]):
                return node
        raise Impossible(f"`{self.path}` has changed")

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a node stands in, from the inside out."""
        while node is not self.module:
            node = self._parents[node]
            yield node

    def line_start(self, offset: int) -> int:
        """Where the line begins in which an offset is."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """Where that line ends, before what ends it."""
        found = re.compile(r"[\r\n]|\Z").search(self.text, offset)
        assert found
        return found.start()

    def next_line(self, offset: int) -> int:
        """Where the line after the one that an offset is in begins."""
        end = self.line_end(offset)
        return end + len("\r\n" if self.text.startswith("\r\n", end) else self.text[end : end + 1])

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Replace what stands between two offsets."""
        return Edit(Location(self.path, self._lines.span(start, end)), text)

    def replaced(self, node: cst.CSTNode, text: str) -> Edit:
        """Replace a node."""
        return self.edit(*self.span(node), text)

    def inserted(self, offset: int, text: str) -> Edit:
        """Put text where nothing is taken away."""
        return self.edit(offset, offset, text)


class Sources:
    """The files of a program by path; `read` gives their bytes."""

    def __init__(self, paths: frozenset[str], read: Callable[[str], bytes]) -> None:
        self.paths = paths
        self._read = read
        self._data: dict[str, bytes] = {}
        self._parsed: dict[str, Source] = {}

    def data(self, path: str) -> bytes:
        """The bytes of a file; none where it cannot be read."""
        if path not in self._data:
            try:
                self._data[path] = self._read(path)
            except OSError:
                self._data[path] = b""
        return self._data[path]

    def at(self, path: str) -> Source:
        """The file of that path."""
        if path not in self.paths or not path.endswith((".py", ".pyi")):
            raise Impossible(f"`{path}` is not among the files that are checked")
        if path not in self._parsed:
            self._parsed[path] = Source(path, self.data(path))
        return self._parsed[path]

    def matching(self, pattern: re.Pattern[bytes]) -> Iterator[Source]:
        """The files in which a pattern is found."""
        for path in sorted(self.paths):
            if pattern.search(self.data(path)):
                yield self.at(path)
