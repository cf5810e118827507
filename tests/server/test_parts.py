"""The parts of the server that need no editor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from markdown_it import MarkdownIt

from evlint.app import analyse_sources
from evlint.model.finding import Edit, Finding, Fix
from evlint.model.source import Location, Span
from evlint.server.actions import actions
from evlint.server.analyst import Analyst
from evlint.server.hover import code, hover
from evlint.server.index import Index
from evlint.server.texts import Texts, encoded

SHOP = """\
from dataclasses import dataclass
from pyee import EventEmitter

bus = EventEmitter()

@dataclass(frozen=True)
class OrderPlaced:
    order_id: str

def place(order):
    bus.emit("order.placed", order)
    bus.emit("stock.changed", order)

@bus.on("order.placed")
@bus.on("stock.changed")
def bill(order): ...
"""


@pytest.fixture
def index() -> Index:
    return Index(analyse_sources({"shop.py": SHOP}))


def names(index: Index, *place: int, word: str = "") -> list[str]:
    line, column = place
    return [index.flow.event(event).name for event in index.at("shop.py", line, column, word)]


def test_a_line_may_be_about_several_events(index: Index) -> None:
    assert sorted(names(index, 16, 5)) == ["order.placed", "stock.changed"]


def test_the_word_that_stands_there_decides(index: Index) -> None:
    assert names(index, 16, 5, word="order.placed") == ["order.placed"]
    assert names(index, 11, 6) == ["order.placed"]
    assert names(index, 1, 1, word="stock.changed") == ["stock.changed"]
    assert names(index, 1, 1, word="dataclasses") == []


def test_a_place_beyond_the_file_is_about_nothing(index: Index) -> None:
    assert names(index, 99, 1) == []
    assert index.at("gone.py", 1, 1) == []


@given(st.text(max_size=30))
def test_markdown_shows_a_name_as_it_stands(name: str) -> None:
    """Whatever is in it, the name is one piece of code, and nothing else becomes of it."""
    tokens = MarkdownIt("commonmark").parse(f"- {code(name)} in")
    inline = next(token for token in tokens if token.type == "inline")
    kinds = [token.type for token in inline.children or ()]
    assert kinds == ["code_inline", "text"]


def test_a_hostile_topic_is_inert_in_a_hover(tmp_path: Path) -> None:
    topic = "a`b``c<img src=x>[x](http://e.example)\\x1b[31m\\u202e"
    source = f'from pyee import EventEmitter\nbus = EventEmitter()\ndef f(): bus.emit("{topic}")\n'
    index = Index(analyse_sources({"shop.py": source}))
    (event,) = index.program.events
    text = hover(index, event.id, lambda path: f"file:///{path}")
    assert text.isascii()
    markdown = MarkdownIt("commonmark")
    # It would refuse files, which an editor opens.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    html = markdown.render(text)
    assert "<img" not in html
    assert 'href="http' not in html
    assert html.count("<a ") == 1


def finding(line: int, fix: Fix | None = None, code: str = "EVL204") -> Finding:
    return Finding(code, "dual-write", "warning", "two steps", Location("shop.py", Span(line, 1, line, 9)), fix=fix)


def test_a_fix_is_offered_before_the_comment(tmp_path: Path, texts: Texts) -> None:
    (tmp_path / "shop.py").write_text("x = 1\ny = 2\n", encoding="utf-8")
    edit = Edit(Location("shop.py", Span(2, 5, 2, 6)), "3")
    fixed, accepted = actions([finding(2, Fix("Make it three", "safe", (edit,)))], texts)
    assert (fixed.title, fixed.is_preferred) == ("Make it three", True)
    place = types.Range(types.Position(1, 4), types.Position(1, 5))
    assert fixed.edit == types.WorkspaceEdit(changes={texts.uri("shop.py"): [types.TextEdit(place, "3")]})
    assert accepted.title == "Accept EVL204 here, with a reason"
    assert [item.code for item in accepted.diagnostics or ()] == ["EVL204"]


@pytest.mark.parametrize(("safety", "expected"), [("unsafe", [False]), ("display", [])])
def test_what_changes_the_program_is_not_preferred(
    tmp_path: Path, texts: Texts, safety: str, expected: list[bool]
) -> None:
    (tmp_path / "shop.py").write_text("x = 1\n", encoding="utf-8")
    fix = Fix("Try", safety, (Edit(Location("shop.py", Span(1, 1, 1, 2)), "y"),))  # type: ignore[arg-type]
    offered = [item for item in actions([finding(1, fix)], texts) if item.title.startswith("Try")]
    assert [item.is_preferred for item in offered] == expected
    assert all(item.title == "Try (unsafe)" for item in offered)


def test_what_cannot_be_accepted_is_not_offered(tmp_path: Path, texts: Texts) -> None:
    (tmp_path / "shop.py").write_text("x = (\n", encoding="utf-8")
    assert list(actions([finding(1, code="EVL001"), finding(9)], texts)) == []


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("x = 'é'\n", "x = 'é'\n".encode(), id="none declared"),
        pytest.param("# coding: latin-1\n'é'\n", "# coding: latin-1\n'é'\n".encode("latin-1"), id="declared"),
        pytest.param("# coding: latin-1\n'€'\n", "# coding: latin-1\n'€'\n".encode(), id="not in what is declared"),
        pytest.param("# coding: gone\n", b"# coding: gone\n", id="unknown"),
    ],
)
def test_a_text_has_the_bytes_that_it_declares(text: str, data: bytes) -> None:
    assert encoded(text) == data


def test_an_analysis_that_dies_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")

    async def life() -> list[tuple[str, int]]:
        analyst = Analyst(tmp_path)
        first = await analyst.ask({})
        assert analyst._process is not None
        analyst._process.kill()
        await analyst._process.wait()
        second = await analyst.ask({})
        third = await analyst.ask({})
        await analyst.close()
        return [(outcome.error, len(outcome.program.events)) for outcome in (first, second, third)]

    first, second, third = asyncio.run(life())
    assert first == third
    assert first[0] == ""
    assert second == ("the analysis died; it begins anew with the next change", 0)


def test_a_fault_of_evlint_is_told_and_survived(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / ".evlint-baseline").write_bytes(b"\xff\xfe")

    async def life() -> tuple[str, str]:
        analyst = Analyst(tmp_path)
        broken = await analyst.ask({})
        (tmp_path / ".evlint-baseline").unlink()
        whole = await analyst.ask({"gone.py": b"", "excluded/x.py": b"import pyee"})
        await analyst.close()
        return broken.error, whole.error

    broken, whole = asyncio.run(life())
    assert ".evlint-baseline" in broken
    assert whole == ""
