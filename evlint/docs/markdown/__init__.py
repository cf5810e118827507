"""The documentation as Markdown that a repository can keep."""

from __future__ import annotations

from evlint.docs.catalogue import Catalogue
from evlint.docs.links import Links
from evlint.docs.markdown import event, gaps, glossary, overview, service
from evlint.docs.markdown.site import Site


def render(catalogue: Catalogue, links: Links) -> dict[str, str]:
    """The pages by their path below the folder of the documentation."""
    site = Site(catalogue, links)
    pages = {
        "README.md": overview.page(site),
        "glossary.md": glossary.page(site),
        "gaps.md": gaps.page(site),
    }
    pages.update((site.path_of(entry), event.page(site, entry)) for entry in catalogue.events)
    pages.update((site.path_of(entry), service.page(site, entry)) for entry in catalogue.services)
    return pages
