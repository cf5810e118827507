"""The accuracy bench: how claims are held against labels, and a quick run on real packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.accuracy.labels import Event, Labels, Publish, Remark, Subscribe, load
from bench.accuracy.score import Tally, score

ROOT = Path(__file__).parents[2]
LABELS = Labels(
    "shop",
    "1",
    ["shop"],
    ["shop/old"],
    "",
    [Event(file="shop/events.py", line=5, name="OrderPlaced", kind="class")],
    [
        Publish(file="shop/service.py", line=10, event="OrderPlaced", scope="place"),
        Publish(file="shop/service.py", line=30, event="OrderPlaced", scope="retry", soft=True),
    ],
    [Subscribe(file="shop/mail.py", line=7, event="OrderPlaced", handler="Mailer.send", alt_lines=[2])],
    neutral=[Remark("shop/service.py", 50, "a test double")],
)


def graph(publications: list[int], subscriptions: list[tuple[int, str]], path: str = "shop/service.py") -> Any:
    """What evlint would say of the shop."""
    event = {"id": "shop.events:OrderPlaced", "name": "OrderPlaced", "path": "shop/events.py", "line": 5}
    return {
        "events": [event],
        "publications": [{"event": event["id"], "path": path, "line": line} for line in publications],
        "subscriptions": [
            {"event": event["id"], "path": "shop/mail.py", "line": line, "handler": handler}
            for line, handler in subscriptions
        ],
    }


def test_a_claim_on_the_line_beside_is_found() -> None:
    scored = score(LABELS, graph([11], [(90, "Mailer.send")]))
    assert scored == {"events": Tally(1), "publishes": Tally(1), "subscribes": Tally(1)}


def test_each_label_takes_one_claim() -> None:
    """A second claim of the same fact is not wrong, and finds nothing more."""
    assert score(LABELS, graph([10, 11], []))["publishes"] == Tally(1)


def test_a_handler_of_another_name_at_another_place_is_wrong() -> None:
    scored = score(LABELS, graph([], [(40, "Mailer.close"), (2, "anything")]))
    assert scored["subscribes"] == Tally(1, (), ("shop/mail.py:40 OrderPlaced -> Mailer.close",))
    assert scored["publishes"] == Tally(0, ("shop/service.py:10 OrderPlaced",))


def test_soft_and_neutral_places_count_neither_way() -> None:
    assert score(LABELS, graph([10, 30, 50], []))["publishes"] == Tally(1)


@pytest.mark.parametrize("path", ["shop/old/service.py", "shop/tests/service.py", "other/service.py"])
def test_what_was_not_labelled_is_not_judged(path: str) -> None:
    assert score(LABELS, graph([10], [], path))["publishes"].wrong == ()


def test_the_labels_can_be_read_and_name_no_fact_twice() -> None:
    packages = list(load())
    assert len(packages) >= 10
    for labels in packages:
        facts = [(fact.file, fact.line, fact.event) for fact in labels.publishes]
        assert len(facts) == len({*facts}), labels.package
        assert all(labels.covers(fact.file) for fact in (*labels.events, *labels.publishes, *labels.subscribes))


def test_precision_and_recall() -> None:
    tally = Tally(3, ("a",)) + Tally(0, (), ("b", "c"))
    assert (tally.precision, tally.recall) == (0.6, 0.75)
    assert (Tally().precision, Tally().recall) == (1.0, 1.0)


def test_two_small_packages_are_read_well(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps")
    probe = subprocess.run(
        [*pip, "--dest", tmp_path / "wheels", "meshtastic==2.7.11"], capture_output=True, text=True, check=False
    )
    if probe.returncode:
        pytest.skip("pip cannot download packages here")
    run = subprocess.run(
        [sys.executable, "-m", "bench.accuracy", "--quick", "--misses", "--cache", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
