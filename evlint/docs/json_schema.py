"""The contract of each event as a JSON Schema of its own."""

from __future__ import annotations

import json

from evlint.docs.catalogue import Catalogue
from evlint.docs.links import Links
from evlint.docs.schemas import Schemas


def render(catalogue: Catalogue, links: Links) -> dict[str, str]:
    """The schemas of all events whose fields are known, by their path below the folder of the documentation."""
    schemas = Schemas(catalogue)
    return {
        f"schemas/{event.slug}.json": json.dumps(schemas.document(event), indent=2) + "\n"
        for event in catalogue.events
        if event.fields or event.keys
    }
