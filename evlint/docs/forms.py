"""The forms that the documentation takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import msgspec

from evlint.docs.catalogue import Catalogue
from evlint.docs.links import Links


class Form(msgspec.Struct, frozen=True):
    """One form: the module that renders it, and where its documents lie below the folder."""

    module: str
    owned: tuple[str, ...]


FORMS: Mapping[str, Form] = {
    "markdown": Form("evlint.docs.markdown", ("*.md", "events/*.md", "services/*.md")),
    "html": Form("evlint.docs.page", ()),
    "asyncapi": Form("evlint.docs.asyncapi", ("asyncapi/*.json",)),
    "json-schema": Form("evlint.docs.json_schema", ("schemas/*.json",)),
    "eventcatalog": Form("evlint.docs.eventcatalog", ("eventcatalog/**/index.mdx", "eventcatalog/**/schema.json")),
}


def rendered(name: str, catalogue: Catalogue, links: Links) -> dict[str, str]:
    """The documents of a form, by path below the folder."""
    render: Callable[[Catalogue, Links], dict[str, str]] = import_module(FORMS[name].module).render
    return render(catalogue, links)
