"""Findings for people."""

from __future__ import annotations

from types import ModuleType

import pytest
from msgspec.structs import replace

from evlint.model.finding import Finding
from evlint.model.run import Run
from evlint.model.source import Location, Span
from evlint.report import concise, full, grouped, statistics
from evlint.report.context import Context

CONCISE = """\
broken.py:1:7: EVL001 not analysed: invalid syntax [unreadable-file]
shop/orders.py:4:9: EVL201 `OrderService.place` publishes `OrderPlaced` and then calls `self.billing.charge` itself \
[direct-call-after-publish]
shop/orders.py:3:9: EVL201 again [direct-call-after-publish]
"""
GROUPED = """\
broken.py
  1:7  error    EVL001  not analysed: invalid syntax [unreadable-file]

shop/orders.py
  4:9  warning  EVL201  `OrderService.place` publishes `OrderPlaced` and then calls `self.billing.charge` itself \
[direct-call-after-publish]
  3:9  info     EVL201  again [direct-call-after-publish]
"""
FULL = """\
error EVL001 unreadable-file
not analysed: invalid syntax
  ╶─ broken.py:1:7

warning EVL201 direct-call-after-publish
`OrderService.place` publishes `OrderPlaced` and then calls
`self.billing.charge` itself
  ╭─ shop/orders.py:4:9 in OrderService.place
2 │     def place(self, order):
3 │         self.bus.publish(OrderPlaced(order.id))
4 │         self.billing.charge(order)
  │         ^^^^^^^^^^^^^^^^^^^^^^^^^^
  ├─ shop/orders.py:3:9 `OrderPlaced` is published here
  ├─ fix: drop the call (`--fix --unsafe-fixes`)
  ╰─ The publisher states a fact and moves on.

info EVL201 direct-call-after-publish
again
  ╭─ shop/orders.py:3:9
1 │ class OrderService:
2 │     def place(self, order):
3 │         self.bus.publish(OrderPlaced(order.id))
  │         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

"""
STATISTICS = """\
2  EVL201  direct-call-after-publish
1  EVL001  unreadable-file
"""
HUMAN = [pytest.param(module, id=module.__name__.rpartition(".")[2]) for module in (concise, full, grouped)]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        pytest.param(concise, CONCISE, id="concise"),
        pytest.param(grouped, GROUPED, id="grouped"),
        pytest.param(full, FULL, id="full"),
        pytest.param(statistics, STATISTICS, id="statistics"),
    ],
)
def test_it_looks_like_this(module: ModuleType, expected: str, run: Run, context: Context) -> None:
    assert module.render(run, context) == expected


@pytest.mark.parametrize("module", [*HUMAN, pytest.param(statistics, id="statistics")])
def test_nothing_is_rendered_as_nothing(module: ModuleType, context: Context) -> None:
    assert module.render(Run(), context) == ""


@pytest.mark.parametrize("module", HUMAN)
def test_analysed_text_cannot_command_the_terminal(module: ModuleType, context: Context) -> None:
    nasty = "\x1b[31m\u202e\r\udcff[bold]\x07"
    found = Finding("EVL401", "orphan-event", "info", nasty, Location(f"{nasty}.py", Span(1, 1, 1, 2), nasty))
    text = module.render(Run(findings=(found,)), replace(context, source=lambda _: [nasty]))
    assert all(line.isprintable() for line in text.splitlines())
    assert text.encode("utf-8")


@pytest.mark.parametrize(
    ("line", "span", "expected"),
    [
        pytest.param("\tpublish(x)", Span(1, 2, 1, 12), ["    publish(x)", "    ^^^^^^^^^^"], id="a tab is four cells"),
        pytest.param("日本 = x", Span(1, 6, 1, 7), ["日本 = x", "       ^"], id="wide characters are two"),
        pytest.param("a\x1bb", Span(1, 3, 1, 4), ["a\\x1bb", "     ^"], id="an escape is as wide as it looks"),
        pytest.param("publish(", Span(1, 1, 3, 2), ["publish(", "^^^^^^^^"], id="the first line of several"),
        pytest.param("x", Span(1, 1, 1, 1), ["x", "^"], id="an empty span"),
        pytest.param("x", Span(1, 9, 1, 12), ["x", " ^"], id="a span beyond the line"),
        pytest.param(
            "x" * 90 + "y", Span(1, 91, 1, 92), ["…" + "x" * 73 + "y", " " * 74 + "^"], id="the end of a long line"
        ),
        pytest.param("y" + "x" * 90, Span(1, 1, 1, 2), ["y" + "x" * 74 + "…", "^"], id="the start of a long line"),
        pytest.param("y" * 200, Span(1, 1, 1, 201), ["y" * 75 + "…", "^" * 76], id="a long line as a whole"),
    ],
)
def test_the_underline_is_below_what_is_meant(line: str, span: Span, expected: list[str], context: Context) -> None:
    run = Run(findings=(Finding("EVL401", "orphan-event", "info", "wrong", Location("a.py", span)),))
    frame = full.render(run, replace(context, source=lambda _: [line])).splitlines()[3:5]
    assert [row[4:] for row in frame] == expected


def test_a_place_beyond_the_file_has_no_frame(context: Context) -> None:
    run = Run(findings=(Finding("EVL401", "orphan-event", "info", "wrong", Location("a.py", Span(9, 1, 9, 2))),))
    assert "│" not in full.render(run, replace(context, source=lambda _: ["x"]))


@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_no_line_of_code_is_wider_than_the_screen(width: int, run: Run, context: Context) -> None:
    sources = {"shop/orders.py": ["x" * 500] * 9}
    lines = full.render(run, replace(context, width=width, source=sources.get)).splitlines()
    assert max(len(line) for line in lines if "│" in line) == max(width, 40)


def test_colours_are_added_to_the_same_text(run: Run, context: Context) -> None:
    coloured = full.render(run, replace(context, color=True))
    assert "\x1b[" in coloured
    assert full.render(run, context) == "".join(part.partition("m")[2] for part in f"\x1b[m{coloured}".split("\x1b["))


def test_a_long_place_leaves_what_it_is_in_to_the_next_line(context: Context) -> None:
    place = Location(f"{'long/' * 14}a.py", Span(1, 1, 1, 2), "OrderService.place")
    run = Run(findings=(Finding("EVL401", "orphan-event", "info", "wrong", place),))
    lines = full.render(run, replace(context, source=lambda _: ["x"])).splitlines()
    assert lines[2:5] == [f"  ╭─ {place.path}:1:1", "  │  in OrderService.place", "1 │ x"]
