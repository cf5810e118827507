"""Where documents point: to each other, and to lines of the code."""

from __future__ import annotations

import posixpath
from urllib.parse import quote

import msgspec

from evlint.docs.catalogue import Place


class Links(msgspec.Struct, frozen=True):
    """How to reach the code from documents in `folder`, a path from the working directory.

    `template` is the address of a line, with `{path}` and `{line}`; where it is empty, links are relative, as
    code hosts and editors follow them.
    """

    folder: str = "docs/events"
    template: str = ""

    def source(self, place: Place, document: str = "") -> str:
        """The address of a line of the code, as `document`, a path below the folder, must put it."""
        path = quote(place.path.encode("utf-8", "surrogateescape"))
        if self.template:
            return self.template.replace("{path}", path).replace("{line}", str(place.line))
        start = posixpath.dirname(posixpath.join(self.folder, document))
        return f"{posixpath.relpath(path, quote(start) or '.')}#L{place.line}"
