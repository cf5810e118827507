"""What the nodes of a tree have become so far."""

from collections.abc import Iterable
from typing import Any

import libcst as cst

from evlint.model.facts import Expression, Statement
from evlint.model.source import Span


class Built:
    """The facts made of nodes, by node.

    Nodes are built in reverse, so whoever asks for the facts of its parts finds them.
    """

    def __init__(self) -> None:
        # Any: expressions, statements and spans share the table, and which of them a node became follows from its type.
        self._known: dict[int, Any] = {}

    def add(self, node: cst.CSTNode, fact: Expression | tuple[Statement, ...] | Span) -> None:
        """Remember what `node` became."""
        self._known[id(node)] = fact

    def expression(self, node: cst.CSTNode) -> Expression:
        """The expression that `node` became."""
        found: Expression = self._known[id(node)]
        return found

    def optional(self, node: cst.CSTNode | None) -> Expression | None:
        """The expression that `node` became, if there is one."""
        return None if node is None else self.expression(node)

    def expressions(self, nodes: Iterable[cst.CSTNode]) -> tuple[Expression, ...]:
        """The expressions that `nodes` became."""
        known = self._known
        return tuple([known[id(node)] for node in nodes])

    def statement(self, node: cst.CSTNode) -> tuple[Statement, ...]:
        """The statements that `node` became: one, or several for an import of several names."""
        found: tuple[Statement, ...] = self._known[id(node)]
        return found

    def span(self, node: cst.CSTNode) -> Span:
        """Where a part of a statement stands."""
        found: Span = self._known[id(node)]
        return found

    def block(self, block: cst.BaseSuite | cst.Module | cst.Else | cst.Finally | None) -> tuple[Statement, ...]:
        """The statements in a block; none for a missing block."""
        if block is None:
            return ()
        if isinstance(block, (cst.Else, cst.Finally)):
            block = block.body
        found: list[Statement] = []
        for line in block.body:
            parts = line.body if type(line) is cst.SimpleStatementLine else (line,)
            for part in parts:
                found.extend(self._known.get(id(part), ()))
        return tuple(found)
