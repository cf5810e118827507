"""Publish what has happened once it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst
import libcst.matchers as m

from evlint.fix.patient import Impossible, Patient
from evlint.fix.sources import Source
from evlint.model.finding import Edit

BINDING = (
    m.AssignTarget() | m.AnnAssign() | m.AugAssign() | m.For() | m.CompFor() | m.NamedExpr() | m.AsName() | m.Del()
)
LEAVING = m.Return() | m.Raise() | m.Break() | m.Continue() | m.Yield()
Statements = Sequence[cst.BaseStatement | cst.BaseSmallStatement]


def publish_after_commit(patient: Patient) -> Iterator[Edit]:
    """Move the statement that publishes behind the one that commits, or out of the block that does."""
    source = patient.source
    call = source.node_at(patient.finding.location.span, cst.Call)
    statement, block = _statement(source, call)
    commit = patient.finding.related[0].location
    if commit.path != source.path:
        raise Impossible("the commit is in another file")
    after = list(block.body)[list(block.body).index(statement) + 1 :]
    start, _ = source.offsets(commit.span)
    target = next((item for item in after if source.span(item)[0] <= start < source.span(item)[1]), None)
    if target is not None:
        if not isinstance(target, cst.SimpleStatementLine):
            raise Impossible("the commit stands in a block of its own")
        between = after[: after.index(target)]
        dedented = 0
        end = source.span(target)[1]
    else:
        around = next(source.parents(block))
        if not isinstance(around, cst.With):
            raise Impossible("the commit is not beside it")
        between = after
        if any(m.findall(item, LEAVING) for item in after):
            raise Impossible("the block may be left before its end")
        dedented = _indentation(source, statement) - _indentation(source, around)
        end = source.span(around)[1]
    _refuse_new_values(source, statement, between)
    yield from _moved(source, statement, end, dedented)


def _statement(source: Source, call: cst.Call) -> tuple[cst.SimpleStatementLine, cst.IndentedBlock]:
    """The statement that is nothing but the call, and the block that it stands in."""
    parents = list(source.parents(call))
    if isinstance(parents[0], cst.Await):
        parents = parents[1:]
    if len(parents) > 2 and isinstance(parents[0], cst.Expr):
        statement, block = parents[1], parents[2]
        if (
            isinstance(statement, cst.SimpleStatementLine)
            and len(statement.body) == 1
            and isinstance(block, cst.IndentedBlock)
        ):
            return statement, block
    raise Impossible("its result is used")


def _refuse_new_values(source: Source, statement: cst.SimpleStatementLine, between: Statements) -> None:
    """What the call is given must be the same later on."""
    used = {name.value for name in m.findall(statement, m.Name()) if isinstance(name, cst.Name)}
    for item in between:
        for binding in m.findall(item, BINDING):
            bound = binding.name if isinstance(binding, cst.AsName) else getattr(binding, "target", binding)
            names = {name.value for name in m.findall(bound, m.Name()) if isinstance(name, cst.Name)}
            if names & used:
                raise Impossible(f"`{min(names & used)}` changes before the commit")


def _indentation(source: Source, node: cst.CSTNode) -> int:
    start, _ = source.span(node)
    return start - source.line_start(start)


def _moved(source: Source, statement: cst.SimpleStatementLine, target: int, dedented: int) -> Iterator[Edit]:
    """Take the lines of a statement, with the comments right above, behind the line of `target`."""
    start, end = source.span(statement)
    first = source.line_start(start)
    for line in reversed(statement.leading_lines):
        if line.comment is None:
            break
        first = source.line_start(first - 1)
    last = source.line_end(end)
    text = source.text[first:last]
    if dedented and ('"""' in text or "'''" in text):
        raise Impossible("it holds a text of several lines")
    yield source.edit(first, source.next_line(last), "")
    lines = text.splitlines(keepends=True)
    yield source.inserted(
        source.line_end(target),
        source.newline + "".join(line[dedented:] if not line[:dedented].strip() else line for line in lines),
    )
