"""The pages on frameworks say what the dialects say; `pytest --accept` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evlint.dialects import load_dialects
from evlint.report.dialects import index, page

DOCS = Path(__file__).parents[2] / "docs" / "dialects"
PAGES = {**{f"{dialect.id}.md": page(dialect) for dialect in load_dialects()}, "README.md": index(load_dialects())}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_up_to_date(name: str, pytestconfig: pytest.Config) -> None:
    path = DOCS / name
    if pytestconfig.getoption("accept"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(PAGES[name], encoding="utf-8")
    assert path.read_text(encoding="utf-8") == PAGES[name]


def test_no_page_is_left_over() -> None:
    assert {path.name for path in DOCS.iterdir()} == set(PAGES)


def test_the_command_lists_them_and_prints_one(evlint: Callable[..., CompletedProcess[str]]) -> None:
    listed = evlint("dialects").stdout.splitlines()
    assert len(listed) == len(PAGES) - 1
    assert evlint("dialects", "celery").stdout == PAGES["celery.md"]


def test_an_unknown_one_is_refused_with_the_nearest(evlint: Callable[..., CompletedProcess[str]]) -> None:
    done = evlint("dialects", "celry")
    assert (done.returncode, "`celery`" in done.stderr) == (2, True)
