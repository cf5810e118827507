"""What the documentation knows."""

from __future__ import annotations

import msgspec

from evlint.app import analyse_sources
from evlint.docs.catalogue import Catalogue, EventEntry
from evlint.docs.compiling import compile_catalogue
from evlint.docs.slugs import slugs
from evlint.model.contract import Contract, FieldContract, Lock

BUS = """
class Bus:
    def __init__(self): self.handlers = {}
    def subscribe(self, event, handler): self.handlers.setdefault(event, []).append(handler)
    def publish(self, event):
        for handler in self.handlers[type(event)]: handler(event)

bus = Bus()
"""


def event(catalogue: Catalogue, name: str) -> EventEntry:
    return next(item for item in catalogue.events if item.name == name)


def test_an_event_with_all_that_is_known_of_it(shop: Catalogue) -> None:
    placed = event(shop, "OrderPlaced")
    assert placed.statement == "A customer ordered."
    assert placed.version == "2"
    assert placed.owners == ("shop.orders",)
    assert placed.traces == ("correlation_id",)
    assert [item.function for item in placed.handlers] == ["confirm", "reserve"]
    notes = {field.name: field.note for field in placed.fields}
    assert notes["email"] == "personal data: contact"
    assert notes["correlation_id"] == "traces the action"
    assert {field.name: field.description for field in placed.fields}["order_id"] == "The shop's own number."
    assert [item.reads for item in placed.handlers] == [("email",), ("order_id",)]


def test_what_follows(shop: Catalogue) -> None:
    placed = event(shop, "OrderPlaced")
    assert placed.follows == (event(shop, "StockReserved").id,)
    assert event(shop, "OrderShipped").lacks == "unhandled"


def test_services_know_who_is_around_them(shop: Catalogue) -> None:
    around = {service.id: (service.upstream, service.downstream) for service in shop.services}
    assert around == {
        "shop.email": (("shop.orders",), ()),
        "shop.orders": ((), ("shop.email", "shop.stock")),
        "shop.stock": (("shop.orders",), ()),
    }


def test_what_only_tests_publish_is_left_out(shop: Catalogue) -> None:
    places = [item.place.path for entry in shop.events for item in entry.ends]
    assert places
    assert not any(path.startswith("tests/") for path in places)


def test_services_lose_the_folders_that_say_nothing() -> None:
    files = {
        f"services/{name}/app/main.py": "from blinker import signal\nplaced = signal('placed')\nplaced.send()\n"
        for name in ("orders", "stock")
    }
    labels = [service.label for service in compile_catalogue(analyse_sources(files)).services]
    assert labels == ["orders", "stock"]


def test_the_history_tells_what_each_version_changed() -> None:
    def contract(version: str, *fields: str) -> Contract:
        return Contract("shop.OrderPlaced", version, fields=tuple(FieldContract(name, "int") for name in fields))

    source = f"{BUS}\nclass OrderPlaced:\n    total: int\ndef place():\n    bus.publish(OrderPlaced())\n"
    program = analyse_sources({"shop.py": source})
    lock = Lock((contract("1", "total"), contract("2", "total", "tax")))
    placed = event(compile_catalogue(msgspec.structs.replace(program, lock=lock)), "OrderPlaced")
    assert [(item.version, len(item.changes)) for item in placed.history] == [("1", 0), ("2", 1)]


def test_slugs_are_safe_and_unlike() -> None:
    names = {
        "topic:kafka/a": "orders/{}/../x",
        "class:shop.A": "OrderPlaced",
        "class:mail.A": "orderplaced",
        "topic:x": "CON",
        "topic:y": "",
        "topic:z": "é" * 300,
    }
    found = slugs(names)
    assert found["topic:kafka/a"] == "orders-any-..-x"
    assert (found["class:shop.A"], found["class:mail.A"]) == ("shop.A", "mail.A")
    assert found["topic:x"] == "CON-"
    assert len({slug.lower() for slug in found.values()}) == len(names)
    assert all(slug and "/" not in slug and slug.isascii() and len(slug) <= 90 for slug in found.values())
