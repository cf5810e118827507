"""The four questions, asked of flows that are right, wrong, and silent."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from evlint.app import Analysis, analyse_sources, check
from evlint.model.run import Choice
from evlint.model.source import Location
from evlint.pack import builtin
from evlint.report import review_markdown, review_text
from evlint.report.context import Context
from evlint.review import RULES, Review, review
from evlint.rulebook import load
from evlint.rulebook.selection import select

Evlint = Callable[..., CompletedProcess[str]]
PAGES = load(builtin())
BUS = """
from pyee import EventEmitter
bus = EventEmitter()
"""


def _reviewed(sources: dict[str, str], touched: str = "") -> Review:
    program = analyse_sources(sources)
    chosen = Choice(select=tuple(code for codes in RULES.values() for code in codes))
    run = check(Analysis(program), select(PAGES, chosen), debug=True)

    def touches(location: Location) -> bool:
        return location.path == touched

    return review(program, run.findings, touches if touched else None)


def _verdicts(reviewed: Review) -> dict[str, dict[str, str]]:
    return {flow.event.name: {answer.question: answer.verdict for answer in flow.answers} for flow in reviewed.flows}


def test_every_rule_that_is_evidence_exists() -> None:
    assert {code for codes in RULES.values() for code in codes} <= {page.code for page in PAGES}


KAFKA = {
    "shop/orders.py": """
from kafka import KafkaProducer
producer = KafkaProducer()

def place(order, session, correlation_id):
    session.add(order)
    session.commit()
    producer.send("order.placed", {"id": order.id, "correlation_id": correlation_id})
""",
    "mail/consumer.py": """
from kafka import KafkaConsumer

def run(session):
    for message in KafkaConsumer("order.placed"):
        confirm(message, session)

def confirm(message, session):
    if session.query(Processed).get(message.value["id"]):
        return
    session.add(Letter(message.value))
    session.commit()
""",
}


def test_answers_rest_on_what_speaks_for_and_against() -> None:
    reviewed = _reviewed(KAFKA)
    (flow,) = reviewed.flows
    answers = {answer.question: answer for answer in flow.answers}
    assert [item.text for item in answers["decoupled"].pro] == [
        "handled in another service: mail",
        "sent between processes",
    ]
    assert [(item.code, item.location.path, item.location.line) for item in answers["atomic"].against] == [
        ("EVL204", "shop/orders.py", 8)
    ]
    assert answers["traceable"].pro[0].text == "carries `correlation_id`"


def test_what_shows_nothing_is_said_to_show_nothing() -> None:
    sources = {
        "shop/orders.py": """
from kafka import KafkaProducer
def place(order):
    KafkaProducer().send(order.topic_of(), order.raw())
    KafkaProducer().send("order.placed", order.raw())
""",
        "mail/consumer.py": """
from kafka import KafkaConsumer
def run(client):
    for message in KafkaConsumer("order.placed"):
        client.forward(message)
""",
    }
    assert _verdicts(_reviewed(sources))["order.placed"] == {
        "decoupled": "yes",
        "idempotent": "open",
        "atomic": "open",
        "traceable": "open",
    }


def test_only_what_a_change_touches_is_reviewed() -> None:
    sources = {**KAFKA, "shop/stock.py": 'from kafka import KafkaProducer\nKafkaProducer().send("stock.low", b"")\n'}
    assert set(_verdicts(_reviewed(sources))) == {"order.placed", "stock.low"}
    assert set(_verdicts(_reviewed(sources, "mail/consumer.py"))) == {"order.placed"}
    assert set(_verdicts(_reviewed(sources, "shop/stock.py"))) == {"stock.low"}


def _many(count: int) -> dict[str, str]:
    sends = "".join(f'    bus.emit("thing{chr(97 + n % 26)}{chr(97 + n // 26)}.moved", {{}})\n' for n in range(count))
    takes = "".join(
        f'@bus.on("thing{chr(97 + n % 26)}{chr(97 + n // 26)}.moved")\ndef on_{n}(event):\n    store.add(event)\n'
        for n in range(count)
    )
    return {
        "shop/bus.py": BUS,
        "shop/a.py": f"from shop.bus import bus\ndef move():\n{sends}",
        "shop/b.py": f"from shop.bus import bus\n{takes}",
    }


def test_two_hundred_alike_flows_are_no_wall() -> None:
    reviewed = _reviewed(_many(200))
    assert len(reviewed.flows) == 200
    shown = review_text.render(reviewed, Context(width=80))
    assert len(shown.splitlines()) < 40
    assert max(map(len, shown.splitlines())) <= 80
    assert "200 flows: " in shown
    assert len(review_markdown.render(reviewed, Context()).splitlines()) < 40


def test_nothing_to_review_is_said() -> None:
    assert review_text.render(_reviewed({"a.py": "x = 1\n"}), Context()) == "No flow to review\n"
    assert "No flow to review." in review_markdown.render(_reviewed({"a.py": "x = 1\n"}), Context())


def test_the_command_narrows_to_a_change(evlint: Evlint, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],  # noqa: S607
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    for path, text in {
        **KAFKA,
        "shop/stock.py": 'from kafka import KafkaProducer\nKafkaProducer().send("stock.low", b"")\n',
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    stock = tmp_path / "shop/stock.py"
    stock.write_text(stock.read_text(encoding="utf-8").replace('b""', 'b"1"'), encoding="utf-8")
    whole = evlint("review", "--no-cache", cwd=tmp_path)
    narrow = evlint("review", "--no-cache", "--diff-base", "HEAD", cwd=tmp_path)
    assert (whole.returncode, narrow.returncode) == (0, 0)
    assert "order.placed" in whole.stdout
    assert "stock.low" in narrow.stdout
    assert "order.placed" not in narrow.stdout
