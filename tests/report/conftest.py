"""One run and one program for all reports."""

from __future__ import annotations

import pytest

from evlint.model.finding import Cure, Edit, Finding, Fix, Related
from evlint.model.program import (
    EventType,
    Field,
    Program,
    Publication,
    Service,
    SkippedFile,
    Subscription,
    Unresolved,
)
from evlint.model.rule import Rule, RuleMeta
from evlint.model.run import Run
from evlint.model.source import Location, Span
from evlint.report.context import Context

SOURCES = {
    "shop/orders.py": (
        "class OrderService:",
        "    def place(self, order):",
        "        self.bus.publish(OrderPlaced(order.id))",
        "        self.billing.charge(order)",
    )
}


def at(path: str, line: int, column: int = 1, end_column: int = 9, symbol: str = "") -> Location:
    return Location(path, Span(line, column, line, end_column), symbol)


@pytest.fixture
def run() -> Run:
    """Two findings of one rule in one file, and one without a place in it."""
    call = at("shop/orders.py", 4, 9, 35, "OrderService.place")
    publish = at("shop/orders.py", 3, 9, 48)
    return Run(
        findings=(
            Finding("EVL001", "unreadable-file", "error", "not analysed: invalid\nsyntax", at("broken.py", 1, 7, 7)),
            Finding(
                "EVL201",
                "direct-call-after-publish",
                "warning",
                "`OrderService.place` publishes `OrderPlaced` and then calls `self.billing.charge` itself",
                call,
                event="class:shop.events.OrderPlaced",
                related=(Related(publish, "`OrderPlaced` is published here"),),
                fix=Fix("drop the call", "unsafe", (Edit(call, "pass"),)),
                key="charge",
                cure=Cure("await", "drop the call", "unsafe"),
            ),
            Finding("EVL201", "direct-call-after-publish", "info", "again", publish, key="charge"),
        ),
        analysed=3,
        skipped=(SkippedFile("broken.py", "invalid syntax", 1, 7),),
        unresolved=2,
        rules=12,
    )


@pytest.fixture
def program() -> Program:
    """An event of a class that one service publishes and another handles, a topic behind a pattern, and loose ends."""
    placed, paid, pattern = "class:shop.events.OrderPlaced", "topic:kafka/orders.paid", "topic:kafka/orders.*"
    field = Field("order_id", "str", required=True, location=at("shop/events.py", 13))
    return Program(
        services=(Service("shop.email", "shop/email"), Service("shop.orders", "shop/orders")),
        events=(
            EventType("class:shop.events.Lost", "Lost", "class", at("shop/events.py", 30), "shape", "strong"),
            EventType(
                placed,
                "OrderPlaced",
                "class",
                at("shop/events.py", 12),
                "shape",
                "strong",
                aliases=("order.placed",),
                fields=(field,),
            ),
            EventType(pattern, "orders.*", "topic", None, "kafka", "certain"),
            EventType(paid, "orders.paid", "topic", None, "kafka", "certain"),
        ),
        publications=(
            Publication(
                placed,
                at("shop/orders/service.py", 40, 9, symbol="OrderService.place"),
                "self.bus.publish",
                "shop.orders",
                "strong",
                "shape",
                "in-process",
                "place",
            ),
            Publication(
                paid,
                at("shop/orders/a_module_with_a_long_name/and_more.py", 7),
                "send",
                "shop.orders",
                "likely",
                "kafka",
                "broker",
                "m",
                channel="orders.paid",
            ),
        ),
        subscriptions=(
            Subscription(
                placed,
                at("shop/email/handlers.py", 9),
                "send_confirmation",
                "shop/email/handlers.py",
                10,
                "shop.email",
                "certain",
                "shape",
                "in-process",
                "send",
            ),
            Subscription(
                pattern,
                at("shop/email/handlers.py", 19),
                "Mailer.on_any",
                "shop/email/handlers.py",
                20,
                "shop.email",
                "likely",
                "kafka",
                "broker",
                "any",
                pattern=True,
            ),
        ),
        unresolved=(Unresolved(at("shop/x.py", 3), "the event is a parameter", "publication", "kafka", "broker"),),
        analysed=12,
        skipped=(SkippedFile("broken.py", "invalid syntax", 1, 7),),
    )


@pytest.fixture
def context() -> Context:
    """A screen of 80 columns without colours, and the sources."""
    meta = RuleMeta(
        code="EVL201",
        severity="warning",
        status="default",
        since="0.1.0",
        summary="",
        guideline="The publisher states a fact and moves on.",
    )
    rule = Rule("direct-call-after-publish", "publishers", meta, "", None)
    return Context(version="1.2.3", rules={"EVL201": rule}, source=SOURCES.get)
