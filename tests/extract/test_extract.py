"""Facts of single files, and where they stand."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path

import libcst as cst
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from evlint.extract import extract
from evlint.extract.syntax import check
from evlint.link.scopes import Module
from evlint.model.facts import FileFacts

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def sample() -> list[Path]:
    """Sixty files of the standard library, always the same."""
    files = [path for path in sorted(STDLIB.glob("*.py")) if path.stat().st_size < 40_000]
    return random.Random(7).sample(files, 60)  # noqa: S311


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sample()])
def test_calls_stand_where_libcst_says(path: Path) -> None:
    data = path.read_bytes()
    positions = MetadataWrapper(cst.parse_module(data), unsafe_skip_copy=True).resolve(PositionProvider)
    expected = {
        (place.start.line, place.start.column + 1, place.end.line, place.end.column + 1)
        for node, place in positions.items()
        if isinstance(node, cst.Call)
    }
    module = Module(path.name, path.stem, extract(data))
    found = {
        (span.line, span.column, span.end_line, span.end_column)
        for scope in module.all_scopes()
        for site in scope.sites
        for span in [site.call.span]
    }
    # Calls inside an f-string stand where the f-string does, and annotations hold none that are read.
    assert len(found - expected) <= sum(data.count(mark) for mark in (b'f"', b"f'", b'F"', b"F'"))
    assert len(found & expected) >= 0.9 * len(found)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sample()[:20]])
def test_facts_survive_a_cache(path: Path) -> None:
    facts = extract(path.read_bytes())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=FileFacts) == facts


@given(st.binary(max_size=200))
def test_nothing_makes_it_raise(data: bytes) -> None:
    assert isinstance(extract(data), FileFacts)
    check(data)


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(extract(text.encode("utf-8", "surrogatepass")), FileFacts)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"def f(:\n", id="a broken definition"),
        pytest.param(b"print 'x'\n", id="Python 2"),
        pytest.param(b"x = '\xff'\n", id="bytes that are no text"),
        pytest.param(b"x = " + b"(" * 1500 + b")" * 1500, id="1,500 brackets"),
        pytest.param(b"\x00", id="a null byte"),
    ],
)
def test_what_cannot_be_read_is_data(source: bytes) -> None:
    failure = extract(source).failure
    assert failure is not None
    assert failure.reason
    assert check(source) is not None


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def first[T](items: list[T]) -> T: ...\n", id="generics"),
        pytest.param("type Pair[T] = tuple[T, T]\n", id="a type alias"),
        pytest.param("try:\n    f()\nexcept A, B:\n    g()\n", id="exceptions without parentheses"),
        pytest.param("match x:\n    case A(b=1) | [c, *_]:\n        f()\n", id="patterns"),
        pytest.param("x = f'{a!r:>{b}} {c(d)}'\n", id="nested fields"),
    ],
)
def test_newer_syntax_is_read_by_older_interpreters(source: str) -> None:
    assert extract(source.encode()).failure is None
    assert check(source.encode()) is None


@pytest.mark.parametrize(
    ("source", "codes", "lines"),
    [
        pytest.param("f(\n    1,\n)  # evlint: ignore[EVL201] why\n", ("EVL201",), (1, 3), id="a whole call"),
        pytest.param("# evlint: ignore[dual-write]\nf()\n", ("dual-write",), (2, 2), id="the next statement"),
        pytest.param("f()  # noqa: EVL208,F401\n", ("EVL208",), (1, 1), id="noqa, ours alone"),
    ],
)
def test_a_comment_covers_its_statement(source: str, codes: tuple[str, ...], lines: tuple[int, int]) -> None:
    (found,) = extract(source.encode()).suppressions
    assert found.codes == codes
    assert (found.first_line, found.last_line) == lines


def test_text_that_looks_like_a_comment_is_none() -> None:
    assert extract(b"x = '# evlint: ignore[EVL201]'\n").suppressions == ()
