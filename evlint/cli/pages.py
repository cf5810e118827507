"""The commands that show rules: nothing is analysed."""

from __future__ import annotations

import sys
from argparse import Namespace

from evlint.cli.streams import width, write
from evlint.pack import packs
from evlint.rulebook import find, load
from evlint.rulebook.pages import Page

ON = {"default": "on by default", "preview": "preview, runs where it is selected"}


def explain(arguments: Namespace) -> int:
    """Print the page of a rule."""
    page = find(load(*packs()), arguments.rule)
    meta = page.meta
    write(
        f"{page.code} {page.name}\n"
        f"{meta.severity}, {ON[meta.status]}, since {meta.since}{f' of {page.pack}' if page.pack else ''}\n\n"
        f"{meta.summary}.\nGuideline: {meta.guideline}\n\n{_below_title(page.text)}"
    )
    return 0


def rules(arguments: Namespace) -> int:
    """Print what rules there are."""
    pages = load(*packs())
    write(_as_json(pages) if arguments.format == "json" else _as_table(pages))
    return 0


def dialects(arguments: Namespace) -> int:
    """Print what frameworks are known, or the page of one."""
    from evlint.dialects import find, load_dialects
    from evlint.report import dialects as report

    known = load_dialects()
    write(report.page(find(known, arguments.name)) if arguments.name else report.table(known))
    return 0


def _below_title(text: str) -> str:
    title, _, rest = text.partition("\n")
    return rest.lstrip("\n") if title.startswith("# ") else text


def _as_table(pages: tuple[Page, ...]) -> str:
    """List the rules by category, cut to the screen where there is one."""
    room = width() if sys.stdout.isatty() else None
    names = max((len(page.name) for page in pages), default=0)
    categories = dict.fromkeys(page.category for page in pages)
    blocks = []
    for category in categories:
        lines = [_row(page, names) for page in pages if page.category == category]
        shown = [line if room is None or len(line) <= room else f"{line[: room - 1]}…" for line in lines]
        blocks.append("".join(f"{line}\n" for line in (category, *shown)))
    return "\n".join(blocks)


def _row(page: Page, names: int) -> str:
    # A rule in preview does not run by itself, so how severe it is can wait for `explain`.
    level = page.meta.severity if page.meta.status == "default" else page.meta.status
    return f"  {page.code}  {page.name:<{names}}  {level:<7}  {page.meta.summary}"


def _as_json(pages: tuple[Page, ...]) -> str:
    import evlint
    from evlint.report import rules_json

    return rules_json.render(((page.name, page.category, page.meta) for page in pages), evlint.__version__)
