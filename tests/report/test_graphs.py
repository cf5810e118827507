"""The event flow for people and their drawing tools."""

from __future__ import annotations

from types import ModuleType

import pytest
from msgspec.structs import replace

from evlint.model.program import EventType, Program
from evlint.report import dot, escape, mermaid, tree
from evlint.report.context import Context
from evlint.report.drawing import draw

TREE = """\
shop.email
╰─ orders.*                                                                topic
   ╰─ handled by   Mailer.on_any (likely)              shop/email/handlers.py:20

shop.orders
├─ OrderPlaced = order.placed                                  shop/events.py:12
│  ├─ published by OrderService.place                  shop/orders/service.py:40
│  ╰─ handled by   send_confirmation of shop.email     shop/email/handlers.py:10
╰─ orders.paid                                                             topic
   ├─ published by the module (likely)
   │  shop/orders/a_module_with_a_long_name/and_more.py:7
   ╰─ handled by   Mailer.on_any of shop.email (likely)
      shop/email/handlers.py:20

(no service)
╰─ Lost                                                        shop/events.py:30

2 services, 4 events, 2 publications, 2 subscriptions

Neither published nor handled (1)
   Lost                                                        shop/events.py:30

Not resolved (1)
   publication: the event is a parameter                             shop/x.py:3
"""
MERMAID = """\
flowchart LR
  subgraph service_shop_email["shop.email"]
    function_shop_email_handlers_py_Mailer_on_any["Mailer.on_any"]
    function_shop_email_handlers_py_send_confirmation["send_confirmation"]
  end
  subgraph service_shop_orders["shop.orders"]
    function_shop_orders_a_module_with_a_long_name_and_more_py_module["(module)"]
    function_shop_orders_service_py_OrderService_place["OrderService.place"]
  end
  event_class_shop_events_Lost(["Lost"]):::event
  event_class_shop_events_OrderPlaced(["OrderPlaced"]):::event
  event_topic_kafka_orders(["orders.*"]):::event
  event_topic_kafka_orders_paid(["orders.paid"]):::event
  event_class_shop_events_OrderPlaced --> function_shop_email_handlers_py_send_confirmation
  event_topic_kafka_orders -.-> function_shop_email_handlers_py_Mailer_on_any
  event_topic_kafka_orders_paid -.-> function_shop_email_handlers_py_Mailer_on_any
  function_shop_orders_a_module_with_a_long_name_and_more_py_module -.-> event_topic_kafka_orders_paid
  function_shop_orders_service_py_OrderService_place --> event_class_shop_events_OrderPlaced
  classDef event fill:#fde8c4,stroke:#b7791f,color:#3d2600
"""
DOT = """\
digraph evlint {
  rankdir=LR;
  node [shape=box];
  subgraph cluster_service_shop_email {
    label="shop.email";
    function_shop_email_handlers_py_Mailer_on_any [label="Mailer.on_any"];
    function_shop_email_handlers_py_send_confirmation [label="send_confirmation"];
  }
"""
NASTY = 'a"]\n\x1b\u202e<b>`#;\\'


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        pytest.param(tree, TREE, id="tree"),
        pytest.param(mermaid, MERMAID, id="mermaid"),
        pytest.param(dot, DOT, id="dot"),
    ],
)
def test_it_looks_like_this(module: ModuleType, expected: str, program: Program, context: Context) -> None:
    assert module.render(program, context)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        pytest.param(tree, "0 services, 0 events, 0 publications, 0 subscriptions\n", id="tree"),
        pytest.param(mermaid, "flowchart LR\n", id="mermaid"),
        pytest.param(dot, "digraph evlint {\n  rankdir=LR;\n  node [shape=box];\n}\n", id="dot"),
    ],
)
def test_nothing_is_nothing(module: ModuleType, expected: str, context: Context) -> None:
    assert module.render(Program(), context) == expected


def test_an_event_without_handlers_and_one_without_publishers_are_named(program: Program, context: Context) -> None:
    cut = replace(program, publications=program.publications[1:], subscriptions=program.subscriptions[:1])
    text = tree.render(cut, context)
    assert "Published, no handler found (1)\n   orders.paid" in text
    assert "Handled, no publisher found (1)\n   OrderPlaced" in text


def test_what_is_published_elsewhere_is_no_loose_end(program: Program, context: Context) -> None:
    external = tuple(replace(event, external=True) for event in program.events)
    cut = replace(program, events=external, publications=())
    assert "no publisher found" not in tree.render(cut, context)


@pytest.mark.parametrize("module", [tree, mermaid, dot])
def test_analysed_text_cannot_break_out(module: ModuleType, context: Context) -> None:
    event = EventType(f"topic:x/{NASTY}", NASTY, "topic", None, "x", "certain")
    text = module.render(Program(events=(event,)), context)
    assert all(line.isprintable() for line in text.splitlines())
    assert len(text.splitlines()) == len(
        module.render(Program(events=(replace(event, name="a"),)), context).splitlines()
    )


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(escape.terminal, 'a"]\\n\\x1b\\u202e<b>`#;\\', id="terminal"),
        pytest.param(escape.mermaid, "a#34;#93;#92;n#92;x1b#92;u202e#60;b#62;#96;#35;#59;#92;", id="mermaid"),
        pytest.param(escape.dot, 'a\\"]\\\\n\\\\x1b\\\\u202e<b>`#;\\\\', id="dot"),
    ],
)
def test_escapes(function: object, expected: str) -> None:
    assert callable(function)
    assert function(NASTY) == expected


@pytest.mark.parametrize("text", ["OrderPlaced", "shop/orders.py", "日本", "naïve 🎉", ""])
def test_plain_text_stays(text: str) -> None:
    assert escape.terminal(text) == text


def test_names_that_look_alike_are_told_apart() -> None:
    events = tuple(EventType(f"topic:x/{name}", name, "topic", None, "x", "certain") for name in ("a.b", "a-b", "a_b"))
    assert len({box.id for box in draw(Program(events=events)).events}) == len(events)
