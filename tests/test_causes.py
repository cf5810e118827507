from __future__ import annotations

from evlint.app import Analysis, analyse_sources, check
from evlint.causes import grouped
from evlint.model.finding import Cause, Finding, Related
from evlint.model.run import Choice, Run
from evlint.model.source import Location, Span
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.rulebook.selection import select

EVENTS = Cause("EVL102 shop.Event", "events of `Event` can be changed; freeze `Event`", 3)


def _finding(line: int, event: str, cause: Cause | None = EVENTS) -> Finding:
    place = Location("shop.py", Span(line, 1, line, 2))
    return Finding(
        "EVL102", "mutable-event", "warning", f"`{event}` can be changed; freeze it", place, event, cause=cause
    )


def test_many_findings_of_one_cause_are_one_with_their_places() -> None:
    run = grouped(Run(findings=(_finding(1, "A"), _finding(5, "B"), _finding(9, "C"))))
    (one,) = run.findings
    assert one.message == "3 events of `Event` can be changed; freeze `Event`"
    assert [(item.location.line, item.message) for item in one.related] == [(5, "`B`"), (9, "`C`")]
    assert one.key == EVENTS.key


def test_few_stay_as_they_are() -> None:
    findings = (_finding(1, "A"), _finding(5, "B"), _finding(9, "C", None))
    assert grouped(Run(findings=findings)).findings == findings


def test_what_has_no_summary_speaks_through_the_first() -> None:
    pair = Cause("one event in two spellings", "", 2)
    (one,) = grouped(Run(findings=(_finding(1, "A", pair), _finding(5, "A", pair)))).findings
    assert one.message == "`A` can be changed; freeze it"
    assert one.related == (Related(Location("shop.py", Span(5, 1, 5, 2)), "`A` can be changed"),)


BUS = """
from collections import defaultdict

class Bus:
    def __init__(self):
        self._handlers = defaultdict(list)

    def subscribe(self, topic, handler):
        self._handlers[topic].append(handler)

    def publish(self, topic, payload):
        for handler in self._handlers[topic]:
            handler(payload)

bus = Bus()
"""


def _flow_findings(**files: str) -> list[tuple[str, str, str]]:
    pages = load(builtin())
    program = analyse_sources({"shop/bus.py": BUS, **{f"shop/{name}.py": text for name, text in files.items()}})
    selection = select(pages, Choice(select=("EVL401", "EVL402")))
    found = grouped(check(Analysis(program), selection, debug=True)).findings
    return [(item.code, item.location.path, item.message) for item in found]


def test_an_event_that_is_spelled_in_two_ways_is_one_finding() -> None:
    found = _flow_findings(
        orders="""
from shop.bus import bus
def place(): bus.publish("order.placed", {}); bus.publish("order.paid", {})
""",
        mail="""
from shop.bus import bus
def confirm(payload): ...
def thank(payload): ...
bus.subscribe("orders.placed", confirm)
bus.subscribe("order.paid", thank)
""",
    )
    assert found == [
        (
            "EVL402",
            "shop/mail.py",
            (
                "`confirm` waits for `orders.placed`, and `place` publishes `order.placed`, which differs by a plural:"
                " give both one name"
            ),
        )
    ]


def test_all_handlers_of_one_dead_event_are_one_finding() -> None:
    found = _flow_findings(
        orders='from shop.bus import bus\ndef place(): bus.publish("order.placed", {})\n',
        mail="""
from shop.bus import bus
def confirm(payload): ...
def thank(payload): ...
def greet(payload): ...
bus.subscribe("order.placed", confirm)
bus.subscribe("user.created", thank)
bus.subscribe("user.created", greet)
""",
    )
    assert [message for _, _, message in found] == [
        "2 handlers wait for `user.created`, which nobody publishes; publish it, or drop them"
    ]


def test_a_library_that_only_publishes_has_no_orphans() -> None:
    assert not _flow_findings(
        orders='from shop.bus import bus\ndef place(): bus.publish("order.placed", {})\n',
        test_orders='from shop.bus import bus\ndef seen(payload): ...\nbus.subscribe("order.placed", seen)\n',
    )


def test_what_only_tests_handle_is_an_orphan() -> None:
    found = _flow_findings(
        orders="""
from shop.bus import bus
def place(): bus.publish("order.placed", {}); bus.publish("order.paid", {})
""",
        mail='from shop.bus import bus\ndef thank(payload): ...\nbus.subscribe("order.paid", thank)\n',
        test_orders='from shop.bus import bus\ndef seen(payload): ...\nbus.subscribe("order.placed", seen)\n',
    )
    assert [message for _, _, message in found] == [
        "event `order.placed` is published by `place` and nobody handles it but tests; add a handler, or stop publishing it"
    ]


SIGNALS = """
from django.dispatch import Signal

register_formats = Signal()
update_prices = Signal()
"""


def test_a_signal_whose_answers_are_used_is_a_hook() -> None:
    """It asks for something: neither its name nor its lack of a handler says anything against it."""
    sources = {
        "shop/signals.py": SIGNALS,
        "shop/export.py": """
from shop.signals import register_formats, update_prices

def formats():
    return [answer for _, answer in register_formats.send(None)]

def refresh():
    update_prices.send(None)
""",
    }
    program = analyse_sources(sources)
    selection = select(load(builtin()), Choice(select=("EVL101",)))
    found = check(Analysis(program), selection, debug=True).findings
    assert [item.event for item in found] == ["update_prices"]
