"""Questions about the flow, on the command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
FILES = {
    "shop/orders/__init__.py": "",
    "shop/orders/api.py": """
from blinker import signal

placed = signal("placed")
paid = signal("paid")
shipped = signal("shipped")
lost = signal("lost")

def place():
    placed.send(None)
""",
    "shop/stock/__init__.py": "",
    "shop/stock/handlers.py": """
from shop.orders.api import paid, placed, shipped

@placed.connect
def pay(sender):
    paid.send(None)

@paid.connect
def ship(sender):
    shipped.send(None)
""",
    "shop/mail/__init__.py": "",
    "shop/mail/handlers.py": """
from shop.orders.api import lost, placed, shipped

@placed.connect
def confirm(sender): ...

@shipped.connect
def announce(sender):
    placed.send(None)

def lose():
    lost.send(None)
""",
    "shop/__init__.py": "",
}
FROM = """\
placed                                                      shop/orders/api.py:4
├─ confirm of shop.mail                                  shop/mail/handlers.py:5
╰─ pay of shop.stock                                    shop/stock/handlers.py:5
   ╰─ publishes paid
      ╰─ ship of shop.stock                             shop/stock/handlers.py:9
         ╰─ publishes shipped
            ╰─ announce of shop.mail                     shop/mail/handlers.py:8
               ╰─ publishes placed                                     see above
"""
ONE_HOP = """\
placed                                                      shop/orders/api.py:4
├─ confirm of shop.mail                                  shop/mail/handlers.py:5
╰─ pay of shop.stock                                    shop/stock/handlers.py:5
   ╰─ publishes paid
"""
PATH = """\
placed                                                      shop/orders/api.py:4
╰─ pay of shop.stock                                    shop/stock/handlers.py:5
   ╰─ publishes paid
      ╰─ ship of shop.stock                             shop/stock/handlers.py:9
         ╰─ publishes shipped
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (["--from", "placed"], FROM),
        (["--from", "placed", "--hops", "1"], ONE_HOP),
        (["--path", "placed", "shipped"], PATH),
        (["--path", "lost", "placed"], "Nothing that follows from lost is placed\n"),
        (["--from", "lost"], "Nothing follows from lost\n"),
    ],
)
def test_what_follows_and_how(shop: Path, evlint: Run, question: list[str], answer: str) -> None:
    done = evlint("graph", "-q", "--isolated", *question, cwd=shop)
    assert (done.returncode, done.stdout) == (0, answer), done.stderr


def test_a_service_and_its_neighbours(shop: Path, evlint: Run) -> None:
    done = evlint("graph", "-q", "--isolated", "--service", "shop.stock", cwd=shop)
    assert done.stdout.startswith("shop.stock hears from shop.mail, shop.orders\nshop.stock sends to shop.mail\n\n"), (
        done.stdout
    )
    assert "lost" not in done.stdout


def test_an_answer_has_every_format(shop: Path, evlint: Run) -> None:
    done = evlint("graph", "-q", "--isolated", "--path", "placed", "paid", "--format", "json", cwd=shop)
    document = json.loads(done.stdout)
    assert [event["name"] for event in document["events"]] == ["paid", "placed"]
    assert [item["handler"] for item in document["subscriptions"]] == ["pay"]
    assert (
        "flowchart" in evlint("graph", "-q", "--isolated", "--from", "placed", "--format", "mermaid", cwd=shop).stdout
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "plcaed"], "there is no event `plcaed`; did you mean `placed`?"),
        (["--service", "stock"], "there is no service `stock`"),
        (["--from", "placed", "--service", "shop.stock"], "ask one at a time"),
        (["--hops", "2"], "there is no --from"),
        (["--from", "placed", "--format", "markdown"], "`markdown` is no format for this"),
        (["--diff", "HEAD", "--format", "dot"], "`dot` is no format for this"),
    ],
)
def test_what_cannot_be_asked_is_refused(shop: Path, evlint: Run, arguments: list[str], message: str) -> None:
    done = evlint("graph", "--isolated", *arguments, cwd=shop)
    assert done.returncode == 2
    assert message in done.stderr
