"""The documentation as one page to look at: no network, no code but its own, and nothing from analysed code as markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import Any

import msgspec

from evlint.docs.catalogue import Catalogue
from evlint.docs.links import Links
from evlint.docs.page.data import page_data
from evlint.report.escape import visible

# In this order they make one script.
SCRIPTS = ("vendor/dagre.min.js", "model.js", "elements.js", "drawing.js", "views.js", "details.js", "main.js")
DOCUMENT = "event-flow.html"
_PLACE = re.compile(r"\{\{ (\w+) \}\}")


def render(catalogue: Catalogue, links: Links) -> dict[str, str]:
    """The page, by its path below the folder of the documentation."""
    script = "\n".join(_part(name) for name in SCRIPTS)
    style = _part("page.css")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {"policy": policy, "style": style, "data": _inert(page_data(catalogue, links)), "script": script}
    # In one pass, so that nothing in a part is taken for a place of another.
    return {DOCUMENT: _PLACE.sub(lambda found: parts[found[1]], _part("page.html"))}


def _part(name: str) -> str:
    return files("evlint.docs.page").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _inert(data: msgspec.Struct) -> str:
    """JSON that can end no element, reorder no text, and hide nothing."""
    plain = json.dumps(_shown(msgspec.to_builtins(data)), separators=(",", ":"))
    for character in "<>&":
        plain = plain.replace(character, f"\\u{ord(character):04x}")
    return plain


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value
