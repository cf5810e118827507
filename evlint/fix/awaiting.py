"""Await what is published."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from evlint.fix.patient import Impossible, Patient
from evlint.model.finding import Edit

# Where `await call()` needs no parentheses.
OPEN = (cst.Expr, cst.Assign, cst.AnnAssign, cst.Return, cst.Arg)


def await_publish(patient: Patient) -> Iterator[Edit]:
    """Put `await` before the call; only a coroutine may."""
    source = patient.source
    call = source.node_at(patient.finding.location.span, cst.Call)
    around = next(
        (node for node in source.parents(call) if isinstance(node, cst.FunctionDef | cst.Lambda | cst.ClassDef)), None
    )
    if not isinstance(around, cst.FunctionDef) or around.asynchronous is None:
        raise Impossible("it does not stand in a coroutine")
    start, end = source.span(call)
    is_open = bool(call.lpar) or isinstance(next(source.parents(call)), OPEN)
    yield source.inserted(start, "await " if is_open else "(await ")
    if not is_open:
        yield source.inserted(end, ")")
