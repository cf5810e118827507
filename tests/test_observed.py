"""What was recorded is read as it was meant, and held against the flow at the right places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evlint.cli import main

Capture = pytest.CaptureFixture[str]
SHOP = """
from dataclasses import dataclass
from evlint.bus import Bus, event

bus = Bus("sqlite:///shop.db", source="shop")


@event("order.placed")
@dataclass(frozen=True)
class OrderPlaced:
    order_id: str


@event("order.lost")
@dataclass(frozen=True)
class OrderLost:
    order_id: str


def place(tx, order_id):
    bus.publish(
        tx,
        OrderPlaced(order_id),
    )


def emit(tx, event):
    bus.publish(tx, event)


def lose(tx, order_id):
    emit(tx, OrderLost(order_id))


def wire():
    @bus.subscribe(id="ledger.post")
    def post(event: OrderPlaced, tx) -> None: ...


@bus.subscribe(id="ledger.drop")
def drop(event: OrderLost, tx) -> None: ...
"""


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SHOP.splitlines(), 1) if text in line)


def at(path: Path | str, text: str, function: str = "") -> dict[str, Any]:
    return {"path": str(path), "line": line_of(text), "function": function}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src/shop").mkdir(parents=True)
    file = tmp_path / "src/shop/orders.py"
    file.write_text(SHOP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return file


def record(at: str, event: str, *places: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"at": at, "event": event, "id": "1", "places": list(places), **more}


def everything(file: Path | str) -> list[dict[str, Any]]:
    return [
        record("published", "order.placed", at(file, "        OrderPlaced(", "place")),
        record("published", "order.lost", at(file, "    bus.publish(tx, event)"), at(file, "    emit(tx")),
        record("delivered", "order.placed", at(file, "    def post", "wire.<locals>.post")),
        record("delivered", "order.lost", {"path": str(file), "function": "drop"}),
    ]


def trace(capsys: Capture, *lines: object) -> tuple[int, list[str]]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    Path("trace.jsonl").write_text("\n".join(texts), encoding="utf-8")
    capsys.readouterr()
    code = main(["trace", "src", "--observed", "trace.jsonl", "--isolated", "--no-cache", "-q"])
    said = capsys.readouterr()
    return code, (said.out or said.err).splitlines()


def test_both_sides_agree_also_where_a_function_forwards(shop: Path, capsys: Capture) -> None:
    assert trace(capsys, *everything(shop)) == (0, ["Agreed: 2 publishers, 2 handlers"])


def test_files_are_known_again_where_they_were_deployed(shop: Path, capsys: Capture) -> None:
    assert trace(capsys, *everything("/app/site-packages/shop/orders.py"))[0] == 0


@pytest.mark.parametrize("left_out", range(4))
def test_each_end_that_is_never_observed_is_told(shop: Path, capsys: Capture, left_out: int) -> None:
    seen = everything(shop)
    gone = seen.pop(left_out)
    code, said = trace(capsys, *seen)
    assert (code, said[0]) == (1, "Extracted, but never observed:")
    role = {"published": "published by", "delivered": "handled by"}[gone["at"]]
    name = {"order.placed": "OrderPlaced", "order.lost": "OrderLost"}[gone["event"]]
    assert said[1].startswith(f"  {name} {role} ")
    assert "src/shop/orders.py:" in said[1]
    assert said[2] == ""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(
            record("published", "order.placed", {"path": "src/shop/other.py", "line": 7, "function": "again"}),
            "  order.placed published by again  src/shop/other.py:7",
            id="another file",
        ),
        pytest.param(
            record("published", "order.lost", {"path": "src/shop/orders.py", "line": 3, "function": "f"}),
            "  order.lost published by f  src/shop/orders.py:3",
            id="another line",
        ),
        pytest.param(
            record("delivered", "order.placed", {"path": "src/shop/orders.py", "line": 4, "function": "drop"}),
            "  order.placed handled by drop  src/shop/orders.py:4",
            id="a handler of another event",
        ),
        pytest.param(
            record("published", "x", {"path": "src/shop/orders.py", "line": 20}, type="shop.orders.OrderWon"),
            "  OrderWon published by the module  src/shop/orders.py:20",
            id="another event",
        ),
        pytest.param(
            record("delivered", "a\x1b[31m"), "  a\\x1b[31m handled by code that the record does not name", id="bare"
        ),
    ],
)
def test_what_is_observed_and_not_extracted_is_told(
    shop: Path, capsys: Capture, more: dict[str, Any], told: str
) -> None:
    code, said = trace(capsys, *everything(shop), more, more)
    assert code == 1
    assert said[:2] == ["Observed, but not extracted:", f"{told}  (2 times)"]


def test_what_tests_publish_is_no_part_of_the_flow(shop: Path, capsys: Capture) -> None:
    more = record("published", "order.placed", {"path": str(Path.cwd() / "tests/test_orders.py"), "line": 7})
    assert trace(capsys, *everything(shop), more)[0] == 0


def test_a_record_without_a_place_speaks_for_the_event(shop: Path, capsys: Capture) -> None:
    seen = [record(at, event) for at in ("published", "delivered") for event in ("order.placed", "order.lost")]
    assert trace(capsys, *seen)[0] == 0


def test_a_class_is_known_by_its_dotted_name(shop: Path, capsys: Capture) -> None:
    seen = [
        {**item, "event": "x", "type": f"shop.orders.{name}"}
        for item, name in zip(everything(shop), ["OrderPlaced", "OrderLost"] * 2, strict=True)
    ]
    assert trace(capsys, *seen)[0] == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("{", "not JSON", id="no JSON"),
        pytest.param("[1]", "Expected `object`, got `array`", id="no object"),
        pytest.param('{"at": "lost", "event": "a", "id": "1"}', "`$.at`", id="a wrong value"),
        pytest.param('{"at": "published", "id": "1"}', "`event`", id="a missing key"),
        pytest.param('{"resourceSpans": [{"scopeSpans": 1}]}', "$.resourceSpans[0].scopeSpans", id="no spans"),
        pytest.param("\udcff", "not JSON", id="no text"),
    ],
)
def test_a_wrong_line_is_named(shop: Path, capsys: Capture, line: str, told: str) -> None:
    Path("trace.jsonl").write_bytes(
        b"\n".join([json.dumps(everything(shop)[0]).encode(), b"", line.encode(errors="surrogateescape")])
    )
    assert main(["trace", "src", "--observed", "trace.jsonl", "--isolated", "--no-cache"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("evlint: trace.jsonl:3: ")
    assert told in said


def test_a_file_that_is_not_there_is_named(shop: Path, capsys: Capture) -> None:
    assert main(["trace", "src", "--observed", "no.jsonl", "--isolated", "--no-cache"]) == 2
    assert "cannot read `no.jsonl`" in capsys.readouterr().err


def span(kind: object, **attributes: object) -> dict[str, Any]:
    values = [
        {"key": key.replace("__", "."), "value": {"intValue" if isinstance(value, int) else "stringValue": value}}
        for key, value in attributes.items()
    ]
    return {"name": "x", "kind": kind, "traceId": "00", "attributes": values}


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": "x"}, "spans": list(spans)}]}]}


def spans_of(file: Path) -> list[dict[str, Any]]:
    """What `everything` says, in the words of old and new conventions."""
    path = str(file)
    return [
        span(
            4,
            messaging__operation__type="send",
            messaging__destination__name="order.placed",
            code__file__path=path,
            code__line__number=line_of("        OrderPlaced("),
        ),
        span(
            "SPAN_KIND_PRODUCER",
            messaging__destination__name="order-lost",
            code__filepath=path,
            code__lineno=str(line_of("    emit(tx")),
        ),
        span(
            5,
            messaging__operation="process",
            messaging__destination__name="orders",
            messaging__message__type="order.placed",
            code__filepath=path,
            code__function="post",
        ),
        span(
            5,
            messaging__operation__type="process",
            messaging__destination__name="order.lost",
            code__file__path=path,
            code__function__name="shop.orders.drop",
        ),
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_spans_of_opentelemetry_tell_the_same(shop: Path, capsys: Capture, indent: int | None) -> None:
    others = [
        span(3, http__method="GET"),
        span(5, messaging__operation__type="receive", messaging__destination__name="elsewhere"),
    ]
    document = json.dumps(export(*spans_of(shop), *others), indent=indent)
    assert trace(capsys, document) == (0, ["Agreed: 2 publishers, 2 handlers"])


def test_lines_of_spans_and_records_may_stand_in_one_file(shop: Path, capsys: Capture) -> None:
    first, *rest = spans_of(shop)
    assert trace(capsys, export(first), export(*rest[1:]), everything(shop)[1])[0] == 0
