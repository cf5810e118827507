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
    "html": Form("evlint.docs.page", ()),
    "markdown": Form("evlint.docs.markdown", ("*.md", "events/*.md", "services/*.md")),
}


def rendered(name: str, catalogue: Catalogue, links: Links) -> dict[str, str]:
    """The documents of a form, by path below the folder."""
    render: Callable[[Catalogue, Links], dict[str, str]] = import_module(FORMS[name].module).render
    return render(catalogue, links)
