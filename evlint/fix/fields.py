"""Add a field to an event."""

from __future__ import annotations

import libcst as cst

from evlint.fix.classes import Definition, derived
from evlint.fix.patient import Impossible, Patient
from evlint.model.finding import Edit


def added(patient: Patient, declaration: str) -> Edit:
    """Declare a field, which has a default, behind the others of the event that the finding is at."""
    source = patient.source
    node = source.node_at(patient.finding.location.span, cst.ClassDef, whole=False)
    definition = Definition(source, node)
    if patient.event.form != "pydantic" and next(derived(patient.sources, definition), None) is not None:
        # A field without a default must not come after one that has one.
        raise Impossible("other classes derive from it")
    if isinstance(node.body, cst.SimpleStatementSuite):
        start, end = source.span(node.body)
        if source.text[start:end].strip() not in ("pass", "..."):
            raise Impossible("its body stands on one line")
        first, _ = source.span(node)
        indentation = source.text[source.line_start(first) : first]
        start = len(source.text[:start].rstrip(" \t"))
        return source.edit(start, end, f"{source.newline}{indentation}{source.module.default_indent}{declaration}")
    fields = [item for item in node.body.body if _declares(item)]
    empty = [item for item in node.body.body if source.written(item) in ("pass", "...")]
    last = fields[-1] if fields else empty[0] if empty else node.body.body[0]
    start, end = source.span(last)
    if empty and not fields:
        return source.edit(start, end, declaration)
    indentation = source.text[source.line_start(start) : start]
    if not fields and not _is_text(last):
        if indentation.strip():
            raise Impossible("its body begins with a decorated function")
        return source.inserted(source.line_start(start), f"{indentation}{declaration}{source.newline}{source.newline}")
    return source.inserted(source.line_end(end), f"{source.newline}{indentation}{declaration}")


def _declares(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(small, cst.AnnAssign) for small in statement.body
    )


def _is_text(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString | cst.ConcatenatedString)
        for small in statement.body
    )
