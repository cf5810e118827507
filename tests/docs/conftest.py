"""A flow to document, and one that attacks its readers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import NoReturn

import pytest

from evlint.app import analyse_sources
from evlint.docs.catalogue import Catalogue
from evlint.docs.compiling import compile_catalogue

BUS = """
class Bus:
    def __init__(self):
        self.handlers = {}
    def subscribe(self, event, handler):
        self.handlers.setdefault(event, []).append(handler)
    def publish(self, event):
        for handler in self.handlers[type(event)]:
            handler(event)
    def on(self, topic, handler):
        self.handlers.setdefault(topic, []).append(handler)
    def emit(self, topic, payload):
        for handler in self.handlers[topic]:
            handler(payload)

bus = Bus()
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/bus.py": BUS,
    "shop/events.py": '''
from dataclasses import dataclass
from enum import Enum

class Channel(Enum):
    WEB = "web"
    SHOP = "shop"

@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int = 1

@dataclass(frozen=True)
class OrderPlaced:
    """A customer ordered. It is sent once.

    Attributes:
        order_id: The shop's own number.
    """
    order_id: int
    correlation_id: str
    email: str
    channel: Channel
    lines: tuple[Line, ...] = ()
    note: str | None = None
    version: int = 2

@dataclass(frozen=True)
class StockReserved:
    """Goods are set aside."""
    order_id: int

@dataclass(frozen=True)
class OrderShipped:
    """The parcel left."""
    order_id: int
''',
    "shop/orders/__init__.py": "",
    "shop/orders/service.py": """
from shop.bus import bus
from shop.events import OrderPlaced

class OrderService:
    def place(self):
        bus.publish(OrderPlaced(1, "c", "a@b", "web"))
""",
    "shop/stock/__init__.py": "",
    "shop/stock/handlers.py": """
from shop.bus import bus
from shop.events import OrderPlaced, StockReserved, OrderShipped

def reserve(event: OrderPlaced):
    bus.publish(StockReserved(event.order_id))

def ship(event: StockReserved):
    bus.publish(OrderShipped(event.order_id))

bus.subscribe(OrderPlaced, reserve)
bus.subscribe(StockReserved, ship)
""",
    "shop/email/__init__.py": "",
    "shop/email/handlers.py": """
from shop.bus import bus
from shop.events import OrderPlaced

def confirm(event: OrderPlaced):
    print(event.email)

bus.subscribe(OrderPlaced, confirm)
""",
    "tests/test_shop.py": """
from shop.bus import bus
from shop.events import OrderPlaced

def test_it():
    bus.publish(OrderPlaced(1, "c", "a@b", "web"))
""",
}
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>](javascript:alert(3)) `x` | </summary></details>"
    " \\x1b[31m ::error::gotcha --> ]] end click A href \\u202e @everyone {{ evil }} <!-- ${alert(4)} %% # *b* https://e.invalid"
)
HOSTILE = {
    "shop/bus.py": BUS,
    "shop/app.py": f'''
from shop.bus import bus

class OrderPlaced:
    """{EVIL}

    ```mermaid
    graph LR; A --> B; click A "javascript:alert(5)"
    ```

    # A heading
    """
    note: "Literal['{EVIL[:60].replace("'", "")}']" = "{EVIL.replace('"', "")}"
    """{EVIL}"""

def on_placed(event: OrderPlaced): ...

def place():
    bus.publish(OrderPlaced())
    bus.emit("{EVIL.replace('"', "")}", {{"{EVIL.replace('"', "")}": 1}})

def on_evil(payload): ...

bus.subscribe(OrderPlaced, on_placed)
bus.on("{EVIL.replace('"', "")}", on_evil)
''',
}


@pytest.fixture(scope="session")
def shop() -> Catalogue:
    """Three services, of which one's action leads to events of another."""
    return compile_catalogue(analyse_sources(SHOP))


@pytest.fixture(scope="session")
def hostile() -> Catalogue:
    """Events whose names, docstrings, types, defaults and keys are markup of every kind."""
    catalogue = compile_catalogue(analyse_sources(HOSTILE))
    assert any("<script>" in event.name for event in catalogue.events)
    return catalogue


@pytest.fixture(scope="session")
def node(root: Path, lacking: Callable[[str], NoReturn]) -> Path:
    """The folder with the programs that read our documents, installed once."""
    folder = root / "tests/node"
    if which("npm") is None:
        lacking("npm is not installed")
    wanted = (folder / "package.json").read_text(encoding="utf-8")
    stamp = folder / "node_modules/installed.json"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        done = subprocess.run(
            ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],  # noqa: S607
            cwd=folder,
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode:
            lacking(f"npm cannot install {folder / 'package.json'}: {done.stderr[-300:]}")
        stamp.write_text(wanted, encoding="utf-8")
    return folder
