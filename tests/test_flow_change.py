"""What a change does to the flow."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from evlint.app import analyse_sources
from evlint.flow_change import FlowChange, compare
from evlint.report import change_markdown, change_text
from evlint.report.context import Context

BUS = """
class Bus:
    def __init__(self): self.handlers = {}
    def subscribe(self, event, handler): self.handlers.setdefault(event, []).append(handler)
    def publish(self, event):
        for handler in self.handlers[type(event)]: handler(event)

bus = Bus()
"""
BEFORE = """
from dataclasses import dataclass
from shop.bus import bus

@dataclass(frozen=True)
class OrderPlaced:
    order_id: int
    total: int

@dataclass(frozen=True)
class OrderPaid:
    order_id: int

def place(): bus.publish(OrderPlaced(1, 2))
def on_placed(event: OrderPlaced):
    print(event.total)
    bus.publish(OrderPaid(1))
def on_paid(event: OrderPaid): ...
bus.subscribe(OrderPlaced, on_placed)
bus.subscribe(OrderPaid, on_paid)
"""


def changed(after: dict[str, str], before: str = BEFORE) -> FlowChange:
    first = analyse_sources({"shop/bus.py": BUS, "shop/app.py": before})
    return compare(first, analyse_sources({"shop/bus.py": BUS, **after}))


def told(change: FlowChange) -> list[str]:
    return change_text.render(change, Context()).splitlines()


def test_the_same_flow() -> None:
    assert told(changed({"shop/app.py": BEFORE})) == ["The event flow is as it was"]


def test_code_that_moved_is_no_change() -> None:
    assert not changed({"shop/app.py": f"# moved\n\n{BEFORE}"})
    assert not changed({"shop/elsewhere.py": BEFORE})


def test_a_new_consumer() -> None:
    more = "def count(event: OrderPlaced): ...\nbus.subscribe(OrderPlaced, count)\n"
    assert told(changed({"shop/app.py": BEFORE + more})) == ["+ count of shop handles OrderPlaced  shop/app.py:21"]


def test_a_field_that_a_handler_reads_is_no_longer_sent() -> None:
    after = BEFORE.replace("    total: int\n", "").replace("OrderPlaced(1, 2)", "OrderPlaced(1)")
    lines = told(changed({"shop/app.py": after}))
    assert lines[0].startswith("~ OrderPlaced: ")
    assert lines[0].endswith("(breaking)")
    assert "breaks on_placed, shop/app.py:15: reads `total`" in lines[1]


def test_a_flow_that_goes_in_circles_now() -> None:
    after = BEFORE.replace(
        "def on_paid(event: OrderPaid): ...", "def on_paid(event: OrderPaid): bus.publish(OrderPlaced(1, 2))"
    )
    assert told(changed({"shop/app.py": after})) == [
        "+ on_paid of shop publishes OrderPlaced  shop/app.py:18",
        "! cycle: OrderPaid → OrderPlaced → OrderPaid",
    ]


def test_an_end_that_comes_loose_and_one_that_is_tied() -> None:
    loose = BEFORE.replace("bus.subscribe(OrderPaid, on_paid)\n", "")
    assert told(changed({"shop/app.py": loose})) == [
        "- on_paid of shop handles OrderPaid  shop/app.py:18",
        "! OrderPaid: nothing handles it",
    ]
    assert told(changed({"shop/app.py": BEFORE}, loose))[-1] == "+ OrderPaid has both ends now"


def test_tests_do_not_count() -> None:
    assert not changed(
        {"shop/app.py": BEFORE, "tests/test_app.py": "from shop.app import *\nbus.publish(OrderPlaced(1, 2))\n"}
    )


def test_a_comment_for_a_pull_request_has_a_picture() -> None:
    after = BEFORE.replace("OrderPaid", "OrderSettled")
    text = change_markdown.render(changed({"shop/app.py": after}), Context())
    assert '(["OrderSettled"]):::added' in text
    assert '(["OrderPaid"]):::removed' in text
    arrows = [line for line in text.splitlines() if "-->" in line]
    for style in re.findall(r"linkStyle ([\d,]+) ", text):
        for number in style.split(","):
            assert "OrderSettled" in arrows[int(number)] or "OrderPaid" in arrows[int(number)]
    assert "- event `OrderSettled`" in text


def test_a_large_change_stays_readable() -> None:
    after = BEFORE + "".join(
        f"class Thing{number}Happened: ...\ndef on_{number}(event: Thing{number}Happened): ...\n"
        f"bus.subscribe(Thing{number}Happened, on_{number})\n"
        for number in range(60)
    )
    text = change_markdown.render(changed({"shop/app.py": after}), Context())
    picture = text.partition("```mermaid")[2].partition("```")[0]
    assert 0 < picture.count("([") <= 25
    assert "and 105 more, which `evlint graph --diff` lists" in text


def test_names_from_code_are_inert() -> None:
    evil = "@everyone](javascript:x) <b>`|x` --> [y]"
    change = changed({"shop/app.py": BEFORE})
    program = replace(change.after, events=tuple(replace(event, name=evil) for event in change.after.events))
    text = change_markdown.render(compare(change.before, program), Context())
    parsed = MarkdownIt().parse(text)
    inline = [part for token in parsed for part in token.children or ()]
    assert inline
    assert not [part for part in inline if part.type in ("html_inline", "link_open", "image")]
    # A name in code calls nobody.
    assert all("@everyone" not in part.content for part in inline if part.type == "text")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    for name, text in (("bus", BUS), ("app", BEFORE)):
        (tmp_path / f"shop/{name}.py").write_text(text, encoding="utf-8")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-q", "-m", "start"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)  # noqa: S607
    return tmp_path


def test_against_a_revision(repository: Path, evlint: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    app = repository / "shop/app.py"
    app.write_text(BEFORE.replace("on_paid", "settle"), encoding="utf-8")
    done = evlint("graph", "-q", "--diff", "main", "--format", "json", cwd=repository)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "evlint.graph-diff/1"
    assert [item["function"] for item in document["handlers"]["added"]] == ["settle"]
    assert [item["function"] for item in document["handlers"]["removed"]] == ["on_paid"]
    assert evlint("graph", "--diff", "nowhere", cwd=repository).returncode == 2
