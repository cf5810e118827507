"""The pages for a repository."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evlint.docs.catalogue import Catalogue
from evlint.docs.links import Links
from evlint.docs.markdown import render

LINK = re.compile(r"\]\(([^)\s]+)\)")
ALLOWED_HTML = re.compile(r"<!-- Written by `evlint docs`[^>]*-->|</?details>|<summary>[^<>]*</summary>")


def tokens(text: str) -> list[Token]:
    flat: list[Token] = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).disable("linkify").parse(text):
        flat += [token, *(token.children or ())]
    return flat


@pytest.fixture(scope="module")
def pages(shop: Catalogue) -> dict[str, str]:
    return render(shop, Links("docs/events"))


def test_there_is_a_page_for_everything(pages: dict[str, str]) -> None:
    assert sorted(pages) == [
        "README.md",
        "events/OrderPlaced.md",
        "events/OrderShipped.md",
        "events/StockReserved.md",
        "gaps.md",
        "glossary.md",
        "services/shop.email.md",
        "services/shop.orders.md",
        "services/shop.stock.md",
    ]


def test_every_link_leads_somewhere(pages: dict[str, str]) -> None:
    sources = set()
    for path, text in pages.items():
        for target in LINK.findall(text):
            full = posixpath.normpath(posixpath.join("docs/events", posixpath.dirname(path), unquote(target)))
            if "#L" in full:
                sources.add(full.partition("#")[0])
            else:
                assert full.removeprefix("docs/events/") in pages, (path, target)
    assert {"shop/events.py", "shop/orders/service.py", "shop/stock/handlers.py"} <= sources


def test_a_template_makes_links_absolute(shop: Catalogue) -> None:
    pages = render(shop, Links("docs", "code://{path}?{line}"))
    assert "(code://shop/events.py?15)" in pages["events/OrderPlaced.md"]


def test_the_page_of_an_event_tells_its_story(pages: dict[str, str]) -> None:
    page = pages["events/OrderPlaced.md"]
    assert "A customer ordered. It is sent once." in page
    assert "Handle with care: `email`" in page
    assert "| `order_id` | `int` | yes | The shop's own number. |" in page
    assert "`Channel` is one of `web`, `shop`." in page or "`Channel` is one of" in page
    assert "`Line` holds `sku` `str`, `quantity` `int`." in page
    steps = page.partition("## What follows")[2]
    assert steps.index("reserve") < steps.index("StockReserved") < steps.index("ship") < steps.index("OrderShipped")
    assert "**Nothing here handles it.**" in pages["events/OrderShipped.md"]


def test_sections_of_docstrings_are_left_to_the_table(pages: dict[str, str]) -> None:
    assert "Attributes" not in pages["events/OrderPlaced.md"]


def test_what_comes_from_code_is_inert(hostile: Catalogue) -> None:
    for path, text in render(hostile, Links("docs")).items():
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not any(line.startswith("::") for line in text.splitlines())
        for token in tokens(text):
            if token.type in ("html_block", "html_inline"):
                assert not ALLOWED_HTML.sub("", token.content).strip(), (path, token.content)
            if token.type == "link_open":
                href = str(token.attrs["href"])
                assert not href.startswith(("javascript:", "http", "data:")), (path, href)
            assert token.type != "image", path
            if token.type == "heading_open":
                assert token.tag in ("h1", "h2"), path
        headings = [line for line in text.splitlines() if line.startswith("# ")]
        assert len(headings) == 1, path


def test_the_same_facts_give_the_same_pages(shop: Catalogue, pages: dict[str, str]) -> None:
    assert render(shop, Links("docs/events")) == pages


@pytest.mark.parametrize("folder", ["payments/bad", "payments/good"])
def test_the_examples_are_up_to_date(
    folder: str, root: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evlint.cli import main

    monkeypatch.chdir(root / "fixtures" / folder)
    command = ["docs", "payments", "--isolated", "--no-cache", "-q", "-o", "docs"]
    if pytestconfig.getoption("accept"):
        assert main(command) == 0
    assert main([*command, "--check"]) == 0
