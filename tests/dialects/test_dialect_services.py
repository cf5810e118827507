"""A service for each framework, and what is true of it; `pytest --accept` rewrites the facts, to be read again by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evlint.cli import main
from evlint.dialects import load_dialects

SERVICES = Path(__file__).parents[2] / "fixtures" / "dialects"
DIALECTS = {dialect.id: dialect for dialect in load_dialects()}
# Those that only say where a transaction begins and ends.
WITHOUT_FACTS = {"django-transaction"}


def graph(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    assert main(["graph", "--format", "json", "--no-cache", "."]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def facts(flow: dict[str, Any]) -> str:
    """The facts of a flow, a line each, in the order of the files."""
    names = {event["id"]: event["name"] for event in flow["events"]}
    lines = [f"{item['path']}:{item['line']} event {item['name']} ({item['id']})" for item in flow["events"]]
    lines += [
        f"{item['path']}:{item['line']} {item['scope'] or 'module'} publishes {names[item['event']]}"
        f" ({item['confidence']}, {item['dialect']})"
        for item in flow["publications"]
    ]
    lines += [
        f"{item['path']}:{item['line']} {item['handler']} handles {names[item['event']]}"
        f" ({item['confidence']}, {item['dialect']})"
        for item in flow["subscriptions"]
    ]
    lines += [f"{item['path']}:{item['line']} unresolved: {item['reason']}" for item in flow["unresolved"]]
    return "".join(f"{line}\n" for line in sorted(lines, key=_place))


def _place(line: str) -> tuple[str, int, str]:
    path, number, rest = line.replace(" ", ":", 1).split(":", 2)
    return path, int(number), rest


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_the_facts_of_a_service_are_known(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    folder = SERVICES / name
    assert folder.is_dir(), f"write a service that uses {DIALECTS[name].dialect.title}"
    flow = graph(folder, monkeypatch, capsys)
    expected = folder / "facts.txt"
    if pytestconfig.getoption("accept"):
        expected.write_text(facts(flow), encoding="utf-8")
    assert facts(flow) == expected.read_text(encoding="utf-8")
    used = {item["dialect"] for item in (*flow["publications"], *flow["subscriptions"])}
    assert name in WITHOUT_FACTS or name in used


def test_no_service_is_left_over() -> None:
    assert {path.name for path in SERVICES.iterdir() if path.is_dir()} == set(DIALECTS)
