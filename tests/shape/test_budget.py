"""The house is built of small files and short functions. An exception is listed here, with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# What is over the budget -> why it is better so.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def test_no_file_is_longer_than_the_budget(root: Path) -> None:
    long = {path: lines for path, lines in file_lengths(root) if lines > LONGEST_FILE and path not in LONG_FILES}
    assert long == {}


def test_no_function_is_longer_than_the_budget(root: Path) -> None:
    long = {
        name: lines for name, lines in function_lengths(root) if lines > LONGEST_FUNCTION and name not in LONG_FUNCTIONS
    }
    assert long == {}


def test_every_exception_is_still_needed(root: Path) -> None:
    needed = {path for path, lines in file_lengths(root) if lines > LONGEST_FILE}
    needed |= {name for name, lines in function_lengths(root) if lines > LONGEST_FUNCTION}
    assert {*LONG_FILES, *LONG_FUNCTIONS} - needed == set()


def sources(root: Path) -> Iterator[tuple[str, str]]:
    for folder in ("evlint", "rules"):
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def file_lengths(root: Path) -> Iterator[tuple[str, int]]:
    for path, text in sources(root):
        yield path, len(text.splitlines())


def function_lengths(root: Path) -> Iterator[tuple[str, int]]:
    """Yield each function, as `path:name`, and how many lines its body has without the docstring."""
    for path, text in sources(root):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[ast.get_docstring(node, clean=False) is not None :]
                yield f"{path}:{node.name}", (node.end_lineno or 0) - first[0].lineno + 1 if first else 0
