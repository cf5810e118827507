"""Make the facts of a tree."""

from collections.abc import Callable

import libcst as cst

from evlint.extract import expressions, patterns, statements
from evlint.extract.built import Built
from evlint.extract.positions import Lines, align, offsets_of
from evlint.extract.tree import Walk, walk
from evlint.model.facts import Statement
from evlint.model.source import Span

_BUILDERS = {**expressions.BUILDERS, **patterns.BUILDERS, **statements.BUILDERS}
_PLACES = frozenset({cst.ExceptHandler, cst.ExceptStarHandler, cst.ImportAlias})


def statements_of(module: cst.Module, source: str, tokens: list[str]) -> tuple[Statement, ...]:
    """The statements of a file, without its docstring."""
    found = walk(module)
    place = _places(found, module, source, tokens)
    built = Built()
    for number in range(len(found.nodes) - 1, -1, -1):
        node = found.nodes[number]
        kind = type(node)
        if kind in _BUILDERS:
            built.add(node, _BUILDERS[kind](node, built, place(number)))
        elif kind in _PLACES:
            built.add(node, place(number))
    return statements.module(module, built)


def _places(found: Walk, module: cst.Module, source: str, tokens: list[str]) -> Callable[[int], Span]:
    """Where each node stands, by its number."""
    aligned = align(tokens, found.marks)
    if aligned is None:
        return libcst_places(found, module)
    return aligned_places(found, aligned, source, tokens)


def aligned_places(found: Walk, aligned: list[int], source: str, tokens: list[str]) -> Callable[[int], Span]:
    """Where each node stands, by the tokens of its marks; a node without marks is empty and follows the mark before."""
    starts, ends = found.starts, found.ends
    offsets = offsets_of(tokens)
    lines = Lines(source)

    def place(number: int) -> Span:
        start, end = starts[number], ends[number]
        last = offsets[aligned[end - 1] + 1] if end else 0
        return lines.span(offsets[aligned[start]] if start < end else last, last)

    return place


def libcst_places(found: Walk, module: cst.Module) -> Callable[[int], Span]:
    """Where each node stands, by libcst's slower account; the parts of an f-string stand where it does."""
    from libcst.metadata import MetadataWrapper, PositionProvider

    known = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    owners = {part: inside.start for inside in found.formatted for part in inside}

    def place(number: int) -> Span:
        position = known[found.nodes[owners.get(number, number)]]
        start, end = position.start, position.end
        return Span(start.line, start.column + 1, end.line, end.column + 1)

    return place
