"""Add an import."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from evlint.fix.sources import Impossible, Source
from evlint.model.finding import Edit


def imported(source: Source, module: str, name: str) -> Iterator[Edit]:
    """Have `name` of `module` among the names of a file, unless it is there."""
    first: cst.SimpleStatementLine | None = None
    docstring: cst.SimpleStatementLine | None = None
    for number, statement in enumerate(source.module.body):
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        if number == 0 and _is_text(statement):
            docstring = statement
        for small in statement.body:
            if (
                isinstance(small, cst.ImportFrom)
                and small.module is not None
                and not isinstance(small.names, cst.ImportStar)
            ):
                taken = [source.written(item.asname.name if item.asname else item.name) for item in small.names]
                if name in taken:
                    return
                if source.written(small.module) == module and not small.relative:
                    yield source.inserted(source.span(small.names[-1])[1], f", {name}")
                    return
            is_future = (
                isinstance(small, cst.ImportFrom)
                and small.module is not None
                and source.written(small.module) == "__future__"
            )
            if isinstance(small, cst.Import | cst.ImportFrom) and not is_future and first is None:
                first = statement
            if is_future:
                docstring = statement
    if any(node.name.value == name for node in source.nodes(cst.ClassDef)):
        raise Impossible(f"`{source.path}` has a `{name}` of its own")
    line = f"from {module} import {name}{source.newline}"
    if first is not None:
        yield source.inserted(source.span(first)[0], line)
    elif docstring is not None:
        end = source.line_end(source.span(docstring)[1])
        yield source.inserted(end, f"{source.newline}{line}")
    else:
        yield source.inserted(0, line)


def _is_text(statement: cst.SimpleStatementLine) -> bool:
    small = statement.body[0]
    return isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)
