"""The core of the bus stays small enough to be read in an evening."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

MOST = 1715
# What an event runs through from `publish` to the end of its deliveries: engine, stores, envelope and dispatch.
CORE = (
    "base", "bus", "connections", "database", "deliveries", "delivery", "envelope", "errors", "events", "fan_out",
    "loop", "points", "postgres", "retry", "running", "schema", "sqlite", "subscription", "transactions", "worker",
)  # fmt: skip
AROUND = {
    "__init__": "what is exported",
    "__main__": "the command line",
    "cli": "the command line",
    "operations": "what people do to a bus",
    "memory": "the bus without a database",
    "links": "brokers",
    "distribution": "brokers",
    "recording": "an observer",
    "places": "an observer",
    "with_faststream": "brokers",
    "with_nats": "brokers",
    "with_rabbitmq": "brokers",
    "with_redis": "brokers",
    "with_opentelemetry": "an observer",
    "with_psycopg": "the user's library",
    "with_sqlalchemy": "the user's library",
}
BLANK = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def lines_of_code(source: str) -> int:
    """Count the lines that hold more than blanks, comments and docstrings."""
    documented: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        for statement in getattr(node, "body", None) or [] if not isinstance(node, ast.Lambda | ast.IfExp) else []:
            if (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Constant)
                and isinstance(statement.value.value, str)
            ):
                documented.update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in BLANK:
            found.update(range(token.start[0], token.end[0] + 1))
    return len(found - documented)


def test_it_counts_code_alone() -> None:
    assert (
        lines_of_code(
            '"""Doc."""\n\n# why\nx = 1  # so\ndef f():\n    """Doc\n    more."""\n    return (\n        x)\n'
        )
        == 4
    )


def test_the_core_is_small(root: Path) -> None:
    counted = {name: lines_of_code((root / f"evlint/bus/{name}.py").read_text(encoding="utf-8")) for name in CORE}
    assert sum(counted.values()) <= MOST, counted


def test_every_module_is_of_the_core_or_around_it(root: Path) -> None:
    assert {path.stem for path in (root / "evlint/bus").glob("*.py")} == {*CORE, *AROUND}


@pytest.mark.parametrize("name", CORE)
def test_the_core_needs_nothing_around_it_to_be_loaded(root: Path, name: str) -> None:
    """Libraries of users are imported when they are used; what people do to a bus, by what runs it."""
    tree = ast.parse((root / f"evlint/bus/{name}.py").read_text(encoding="utf-8"))
    imported = {
        node.module.rpartition(".")[2] for node in tree.body if isinstance(node, ast.ImportFrom) and node.module
    }
    allowed = {"bus": {"links"}, "running": {"links", "operations"}}
    assert imported & set(AROUND) <= allowed.get(name, set())
