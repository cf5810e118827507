"""The commands that show rules: nothing is analysed."""

from __future__ import annotations

import sys
from argparse import Namespace
from itertools import groupby

from evlint.cli.streams import width, write
from evlint.pack import builtin
from evlint.rulebook import find, load
from evlint.rulebook.pages import Page

ON = {"default": "on by default", "preview": "preview, runs where it is selected"}


def explain(arguments: Namespace) -> int:
    """Print the page of a rule."""
    page = find(load(builtin()), arguments.rule)
    meta = page.meta
    write(
        f"{page.code} {page.name}\n"
        f"{meta.severity}, {ON[meta.status]}, since {meta.since}\n\n"
        f"{meta.summary}\nGuideline: {meta.guideline}\n\n{page.text}"
    )
    return 0


def rules(arguments: Namespace) -> int:
    """Print what rules there are."""
    pages = load(builtin())
    write(_as_json(pages) if arguments.format == "json" else _as_table(pages))
    return 0


def _as_table(pages: tuple[Page, ...]) -> str:
    """Print the rules by category, cut to the screen where there is one."""
    room = width() if sys.stdout.isatty() else None
    names = max((len(page.name) for page in pages), default=0)
    lines = []
    for category, group in groupby(sorted(pages, key=lambda page: page.code[:-2]), key=lambda page: page.category):
        lines.append(f"{category}\n")
        for page in group:
            status = "" if page.meta.status == "default" else "preview"
            line = f"  {page.code}  {page.name:<{names}}  {page.meta.severity:<7}  {status:<7}  {page.meta.summary}"
            lines.append(f"{line if room is None or len(line) <= room else line[: room - 1] + '…'}\n")
        lines.append("\n")
    return "".join(lines[:-1])


def _as_json(pages: tuple[Page, ...]) -> str:
    import evlint
    from evlint.report.document import document

    described = [
        {
            "code": page.code,
            "name": page.name,
            "category": page.category,
            "severity": page.meta.severity,
            "status": page.meta.status,
            "since": page.meta.since,
            "summary": page.meta.summary,
            "guideline": page.meta.guideline,
        }
        for page in pages
    ]
    return document("evlint.rules/1", evlint.__version__, {"rules": described})
