"""Programs that say the same in other words have the same facts."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from pathlib import Path

import libcst as cst
import pytest

from evlint.app import analyse_sources
from evlint.dialects import load_dialects
from evlint.model.program import Program

Sources = dict[str, str]
Fact = tuple[str, ...]

FIXTURES = Path(__file__).parents[2] / "fixtures"
SHIPPED = load_dialects()
DIALECTS = load_dialects(switched_on=[dialect.id for dialect in SHIPPED if not dialect.is_on])
BUILTINS = frozenset(dir(builtins))


def _services() -> Iterator[object]:
    for folder in sorted(path for path in FIXTURES.glob("*/*") if path.is_dir()):
        sources = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.py")}
        if sources:
            yield pytest.param(sources, id=folder.relative_to(FIXTURES).as_posix())


def _examples() -> Iterator[object]:
    for dialect in DIALECTS:
        for number, pattern in enumerate(dialect.rule):
            if pattern.example:
                yield pytest.param({"shop/example.py": pattern.example}, id=f"{dialect.id}-{number}")


PROGRAMS = [*_services(), *_examples()]


def facts(sources: Sources) -> set[Fact]:
    """What a program says of its events, but for where exactly it says so."""
    program: Program = analyse_sources(sources, DIALECTS)
    names = {event.id: event.name for event in program.events}
    found: set[Fact] = {("event", event.name, event.form, event.mutability) for event in program.events}
    for sent in program.publications:
        found.add(("publishes", names[sent.event], sent.location.symbol, sent.transport, sent.confidence))
    for taken in program.subscriptions:
        found.add(("subscribes", names[taken.event], taken.handler, taken.transport, taken.confidence))
    found |= {("unresolved", item.role, item.location.symbol, item.reason) for item in program.unresolved}
    return found


def reformatted(sources: Sources) -> Sources:
    """Without comments, with other quotes and other line breaks."""
    return {path: ast.unparse(ast.parse(text)) for path, text in sources.items()}


class _SplitCalls(cst.CSTTransformer):
    BREAK = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace("    "))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        return updated_node.with_changes(whitespace_before_args=self.BREAK) if updated_node.args else updated_node


def with_calls_split(sources: Sources) -> Sources:
    """Every call goes on in the next line."""
    return {path: cst.parse_module(text).visit(_SplitCalls()).code for path, text in sources.items()}


class _Renaming(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)


class _LocalsRenamed(ast.NodeTransformer):
    """The variables that a function assigns get another name; parameters are what callers and frameworks name."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._renamed(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._renamed(node)

    def _renamed(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        inside = list(ast.walk(node))
        if any(isinstance(part, ast.Global | ast.Nonlocal | ast.ClassDef) for part in inside):
            return node
        stored = {part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        given = {part.arg for part in inside if isinstance(part, ast.arg)}
        renamed: ast.AST = _Renaming({name: f"my_{name}" for name in stored - given}).visit(node)
        return renamed


def with_locals_renamed(sources: Sources) -> Sources:
    """Every local variable has another name."""
    return {path: ast.unparse(_LocalsRenamed().visit(ast.parse(text))) for path, text in sources.items()}


def with_imports_aliased(sources: Sources) -> Sources:
    """`from x import y` is `from x import y as their_y` everywhere, where nobody imports it from here again."""
    return {path: _aliased(ast.parse(text)) for path, text in sources.items() if not path.endswith("__init__.py")} | {
        path: text for path, text in sources.items() if path.endswith("__init__.py")
    }


def _aliased(tree: ast.Module) -> str:
    names: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for alias in node.names:
                if alias.asname is None and alias.name != "*":
                    alias.asname = names[alias.name] = f"their_{alias.name}"
    return ast.unparse(_Renaming(names).visit(tree))


def with_order_reversed(sources: Sources) -> Sources:
    """The classes and functions of a module, and the methods of a class, stand in reverse order."""
    return {path: ast.unparse(_reversed(ast.parse(text))) for path, text in sources.items()}


def _reversed(tree: ast.Module) -> ast.Module:
    blocks: list[ast.Module | ast.ClassDef] = [tree]
    blocks += [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for block in blocks:
        places = [place for place, node in enumerate(block.body) if _is_plain_definition(node)]
        nodes = [block.body[place] for place in places]
        if len({getattr(node, "name", "") for node in nodes}) == len(nodes):
            for place, node in zip(places, reversed(nodes), strict=True):
                block.body[place] = node
    return tree


def _is_plain_definition(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def with_a_class_moved(sources: Sources) -> Sources:
    """In each file, the first class that stands on its own moves to a module beside it, and is imported back."""
    moved: Sources = {}
    for path, text in sources.items():
        moved.update(_without_first_class(path, ast.parse(text)))
    return moved


def _without_first_class(path: str, tree: ast.Module) -> Sources:
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    known = {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names} | BUILTINS
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _free(node) <= known:
            module = Path(path).stem + "_moved"
            new = Path(path).with_name(f"{module}.py").as_posix()
            tree.body[tree.body.index(node)] = ast.ImportFrom(module, [ast.alias(node.name)], 1)
            return {path: ast.unparse(tree), new: ast.unparse(ast.Module([*imports, node], []))}
    return {path: ast.unparse(tree)}


def _free(node: ast.ClassDef) -> set[str]:
    """The names that a class takes from around it."""
    inside = list(ast.walk(node))
    bound = {part.id for part in inside if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    bound |= {part.arg for part in inside if isinstance(part, ast.arg)}
    bound |= {part.name for part in inside if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return {part.id for part in inside if isinstance(part, ast.Name)} - bound


CHANGES = [
    reformatted,
    with_calls_split,
    with_locals_renamed,
    with_imports_aliased,
    with_order_reversed,
    with_a_class_moved,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("sources", PROGRAMS)
def test_the_facts_stay_the_same(sources: Sources, change: Callable[[Sources], Sources]) -> None:
    changed = change(sources)
    for text in changed.values():
        ast.parse(text)
    assert facts(changed) == facts(sources)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_changes_something(change: Callable[[Sources], Sources]) -> None:
    everything = {path: text for param in PROGRAMS for path, text in param.values[0].items()}  # type: ignore[attr-defined]
    assert change(everything) != everything
