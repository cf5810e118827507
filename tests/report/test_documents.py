"""JSON documents, whose keys are a promise."""

from __future__ import annotations

import json

from msgspec.structs import replace

from evlint.model.finding import Finding
from evlint.model.program import Program
from evlint.model.run import Run
from evlint.model.source import Location, Span
from evlint.report import findings_json, graph_json
from evlint.report.context import Context

FILES = {"analysed": 3, "skipped": [{"path": "broken.py", "reason": "invalid syntax"}]}


def test_findings_have_all_keys(run: Run, context: Context) -> None:
    document = json.loads(findings_json.render(run, context))
    place = {"path": "shop/orders.py", "line": 4, "column": 9, "end_line": 4, "end_column": 35}
    assert document["findings"][1] == {
        "code": "EVL201",
        "name": "direct-call-after-publish",
        "severity": "warning",
        "message": "`OrderService.place` publishes `OrderPlaced` and then calls `self.billing.charge` itself",
        **place,
        "symbol": "OrderService.place",
        "event": "class:shop.events.OrderPlaced",
        "fingerprint": document["findings"][1]["fingerprint"],
        "fix": {"title": "drop the call", "safety": "unsafe", "edits": [{**place, "text": "pass"}]},
        "related": [
            {"path": "shop/orders.py", "line": 3, "column": 9, "message": "`OrderPlaced` is published here"},
        ],
    }


def test_findings_lack_nothing_where_there_is_nothing(run: Run, context: Context) -> None:
    first = json.loads(findings_json.render(run, context))["findings"][0]
    assert [first[key] for key in ("symbol", "event", "fix", "related")] == ["", None, None, []]


def test_findings_are_framed(context: Context) -> None:
    assert json.loads(findings_json.render(Run(analysed=3), context)) == {
        "schema": "evlint.findings/1",
        "version": "1.2.3",
        "findings": [],
        "files": {"analysed": 3, "skipped": []},
    }


def test_names_that_are_no_text_are_escaped(run: Run, context: Context) -> None:
    odd = Finding("EVL401", "orphan-event", "info", "\x1b\u202e", Location("\udcff.py", Span(1, 1, 1, 1)))
    rendered = findings_json.render(replace(run, findings=(odd,)), context)
    assert rendered.isascii()
    assert json.loads(rendered)["findings"][0]["path"] == "\udcff.py"


def test_the_graph_has_all_keys(program: Program, context: Context) -> None:
    document = json.loads(graph_json.render(program, context))
    events, publications, subscriptions = (document.pop(key) for key in ("events", "publications", "subscriptions"))
    assert document == {
        "schema": "evlint.graph/1",
        "version": "1.2.3",
        "services": [{"id": "shop.email", "path": "shop/email"}, {"id": "shop.orders", "path": "shop/orders"}],
        "unresolved": [{"path": "shop/x.py", "line": 3, "reason": "the event is a parameter"}],
        "files": {**FILES, "analysed": 12},
    }
    assert events[1] == {
        "id": "class:shop.events.OrderPlaced",
        "name": "OrderPlaced",
        "kind": "class",
        "path": "shop/events.py",
        "line": 12,
        "column": 1,
        "aliases": ["order.placed"],
        "fields": [{"name": "order_id", "type": "str", "required": True}],
        "dialect": "shape",
    }
    assert publications[1] == {
        "event": "topic:kafka/orders.paid",
        "path": "shop/orders/a_module_with_a_long_name/and_more.py",
        "line": 7,
        "column": 1,
        "scope": "",
        "call": "send",
        "channel": "orders.paid",
        "service": "shop.orders",
        "confidence": "likely",
        "dialect": "kafka",
    }
    assert subscriptions[0] == {
        "event": "class:shop.events.OrderPlaced",
        "path": "shop/email/handlers.py",
        "line": 9,
        "column": 1,
        "handler": "send_confirmation",
        "handler_path": "shop/email/handlers.py",
        "handler_line": 10,
        "channel": None,
        "service": "shop.email",
        "confidence": "certain",
        "dialect": "shape",
    }


def test_an_event_may_be_defined_nowhere(program: Program, context: Context) -> None:
    topic = json.loads(graph_json.render(program, context))["events"][2]
    assert [topic[key] for key in ("path", "line", "column")] == ["", 0, 0]
