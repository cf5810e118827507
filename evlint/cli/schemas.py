"""JSON Schemas of what evlint reads and prints, made of the very types that it does so with."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import msgspec

from evlint.cli.streams import write
from evlint.config import Table
from evlint.model.dialect import Dialect
from evlint.model.why import Reason
from evlint.pack import packs
from evlint.report.change_json import GraphDiffDocument
from evlint.report.findings_json import FindingsDocument
from evlint.report.graph_json import GraphDocument
from evlint.report.rules_json import RulesDocument
from evlint.report.schema_json import SchemaDiffDocument
from evlint.report.trace_json import TraceDocument
from evlint.rulebook import load
from evlint.rulebook.checks import load_rule

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENTS: Mapping[str, tuple[str, Any]] = {
    "findings": ("What `evlint check --format json` prints", FindingsDocument),
    "graph": ("What `evlint graph --format json` prints", GraphDocument),
    "graph-diff": ("What `evlint graph --diff REV --format json` prints", GraphDiffDocument),
    "rules": ("What `evlint rules --format json` prints", RulesDocument),
    "schema-diff": ("What `evlint schema diff --format json` prints", SchemaDiffDocument),
    "trace": ("What `evlint trace --format json` prints", TraceDocument),
    "why": ("What `evlint why --format json` prints", list[Reason]),
}
_REF = "#/$defs/{name}"

Schema = dict[str, Any]


def json_schema(arguments: Namespace) -> int:
    """Print a schema."""
    write(text(arguments.of))
    return 0


def text(name: str) -> str:
    """The schema of that name, as it is printed and kept in docs/schemas."""
    return json.dumps(_configuration() if name == "config" else _document(name), indent=2) + "\n"


def _document(name: str) -> Schema:
    title, shape = DOCUMENTS[name]
    (schema,), parts = msgspec.json.schema_components([shape], ref_template=_REF)
    return {"$schema": DIALECT, "title": title, **schema, "$defs": parts}


def _configuration() -> Schema:
    """The schema of evlint.toml, and of `[tool.evlint]`: the rules and dialects are spelled out."""
    (schema,), parts = msgspec.json.schema_components([Table], ref_template=_REF)
    (dialect,), dialect_parts = msgspec.json.schema_components([Dialect], ref_template=_REF)
    # Both modules have a base that they call `Table`, which neither refers to.
    parts |= {name: part for name, part in dialect_parts.items() if name not in parts}
    keys = parts["Table"]["properties"]
    keys["dialect"]["items"] = dialect
    keys["rules"] |= {"properties": dict(_options(parts)), "additionalProperties": False}
    parts["Selector"] = _selector()
    keys["severity"]["propertyNames"] = {"$ref": "#/$defs/Selector"}
    override = parts["Override"]["properties"]
    override["severity"]["propertyNames"] = {"$ref": "#/$defs/Selector"}
    for place in (keys["extend-select"], keys["ignore"], override["ignore"]):
        place["items"] = {"$ref": "#/$defs/Selector"}
    for choice in keys["select"]["anyOf"]:
        if choice["type"] == "array":
            choice["items"] = {"$ref": "#/$defs/Selector"}
    return {"$schema": DIALECT, "title": "The configuration of evlint", **schema, "$defs": parts}


def _selector() -> Schema:
    pages = load(*packs())
    names = [key for page in pages for key in (page.code, page.name)]
    families = sorted({page.code.rstrip("0123456789") for page in pages})
    return {
        "description": "A rule by code or name, several by the beginning of their codes, or ALL",
        "anyOf": [{"enum": ["ALL", *names]}, {"type": "string", "pattern": f"^(?:{'|'.join(families)})[0-9]*$"}],
    }


def _options(parts: Schema) -> dict[str, Schema]:
    """The options of each rule that has some, by its name and by its code; dashes may be underscores."""
    found: dict[str, Schema] = {}
    for page in load(*packs()):
        options = load_rule(page).options
        if options is None:
            continue
        _, components = msgspec.json.schema_components([options], ref_template=_REF)
        schema = components.pop(options.__name__)
        parts |= components
        properties = schema["properties"]
        spelled = {key.replace("_", "-"): value for key, value in properties.items()} | properties
        found[page.name] = found[page.code] = {**schema, "properties": spelled, "title": page.name}
    return found
