"""Documents for other tools, held against those tools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evlint.docs import asyncapi, eventcatalog, json_schema
from evlint.docs.catalogue import Catalogue
from evlint.docs.links import Links

LINKS = Links("docs")


def written(documents: dict[str, str], folder: Path) -> list[Path]:
    for path, text in documents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return [folder / path for path in documents]


def schema(catalogue: Catalogue, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(json_schema.render(catalogue, LINKS)[f"schemas/{name}.json"])
    return loaded


def test_a_schema_takes_what_the_event_sends_and_nothing_else(shop: Catalogue) -> None:
    document = schema(shop, "OrderPlaced")
    Draft202012Validator.check_schema(document)
    validator = Draft202012Validator(document)
    order = {
        "order_id": 1,
        "correlation_id": "c",
        "email": "a@b",
        "channel": "web",
        "lines": [{"sku": "x"}],
        "note": None,
    }
    assert validator.is_valid(order)
    for change in (
        {"order_id": "1"},
        {"channel": "letter"},
        {"lines": [{"quantity": 1}]},
        {"lines": {"sku": "x"}},
        {"note": 3},
    ):
        assert not validator.is_valid({**order, **change}), change
    assert not validator.is_valid({key: value for key, value in order.items() if key != "order_id"})
    assert document["properties"]["version"] == {"type": "integer", "default": 2}
    assert document["properties"]["order_id"]["description"] == "The shop's own number."


@pytest.mark.parametrize("which", ["shop", "hostile"])
def test_every_schema_is_one(which: str, request: pytest.FixtureRequest) -> None:
    documents = json_schema.render(request.getfixturevalue(which), LINKS)
    assert documents
    for text in documents.values():
        assert text.isascii()
        Draft202012Validator.check_schema(json.loads(text))


def test_asyncapi_says_what_a_service_sends_and_receives(shop: Catalogue) -> None:
    document = json.loads(asyncapi.render(shop, LINKS)["asyncapi/shop.stock.json"])
    actions = {name: operation["action"] for name, operation in document["operations"].items()}
    assert actions == {
        "send-OrderShipped": "send",
        "send-StockReserved": "send",
        "receive-OrderPlaced": "receive",
        "receive-StockReserved": "receive",
    }
    assert set(document["components"]["schemas"]) == {"Channel", "Line"}
    assert document["components"]["messages"]["OrderPlaced"]["correlationId"] == {
        "location": "$message.payload#/correlation_id"
    }


@pytest.mark.parametrize("which", ["shop", "hostile"])
def test_the_official_parser_accepts_asyncapi(
    which: str, request: pytest.FixtureRequest, node: Path, tmp_path: Path
) -> None:
    paths = written(asyncapi.render(request.getfixturevalue(which), LINKS), tmp_path)
    assert paths
    run = subprocess.run(
        ["node", node / "asyncapi.cjs", *paths],  # noqa: S607
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("which", ["shop", "hostile"])
def test_eventcatalogs_own_linter_finds_nothing_but_what_code_cannot_tell(
    which: str, request: pytest.FixtureRequest, node: Path, tmp_path: Path
) -> None:
    written(eventcatalog.render(request.getfixturevalue(which), LINKS), tmp_path)
    folder = tmp_path / "eventcatalog"
    # Who owns an event, and what a bare signal carries, no code says.
    off = {"best-practices/owner-required": "off", "best-practices/schema-required": "off"}
    (folder / ".eventcatalogrc.js").write_text(f"module.exports = {json.dumps({'rules': off})}\n", encoding="utf-8")
    run = subprocess.run(
        [node / "node_modules/.bin/eventcatalog-linter", folder], check=False, capture_output=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stdout
    assert "files checked" in run.stdout


def test_what_comes_from_code_is_inert_in_mdx(hostile: Catalogue) -> None:
    for path, text in eventcatalog.render(hostile, LINKS).items():
        if path.endswith(".mdx"):
            front, body = text.split("---\n", 2)[1:]
            assert all(line.startswith("#") or ": " in line for line in front.splitlines())
            assert front.isascii()
            plain = body.replace("<NodeGraph />", "").replace('<SchemaViewer file="schema.json" />', "")
            spans = "".join(plain.split("`")[::2])
            assert not [mark for mark in ("<", "{", "${") if mark in spans.replace(f"\\{mark}", "")], path
