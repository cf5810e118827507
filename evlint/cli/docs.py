"""Write the documentation of the event flow, or tell whether it is up to date."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evlint.cli.analysis import analysed, configured
from evlint.cli.arguments import DOCS_FORMS
from evlint.cli.streams import write
from evlint.cli.summary import graph_summary
from evlint.model.errors import UsageError
from evlint.report.escape import terminal

if TYPE_CHECKING:
    from evlint.app import Analysis
    from evlint.config import Config
    from evlint.docs.folder import Changes
    from evlint.model.finding import Finding


def docs(arguments: Namespace) -> int:
    """Write the documents; with `--check`, exit with 1 where they are stale, and show the difference."""
    config = configured(arguments)
    analysis = analysed(arguments, config, None)
    chosen = _chosen(arguments.format) or config.docs.formats

    from evlint.docs import folder
    from evlint.docs.compiling import compile_catalogue
    from evlint.docs.forms import FORMS, rendered
    from evlint.docs.links import Links

    base = Path(arguments.out) if arguments.out else config.directory / config.docs.folder
    links = Links(os.path.relpath(base).replace(os.sep, "/"), arguments.source_url or config.docs.source_url)
    findings = _findings(config, analysis) if "html" in chosen else ()
    catalogue = compile_catalogue(analysis.program, findings)
    documents: dict[str, str] = {}
    owned: list[str] = []
    for name in chosen:
        documents.update(rendered(name, catalogue, links))
        owned += FORMS[name].owned
    changes = folder.compared(base, documents, owned, exactly=not arguments.check)
    if arguments.check:
        write("".join(f"{terminal(line)}\n" for line in folder.difference(base, changes)))
    else:
        folder.apply(base, changes)
    if not arguments.quiet:
        write(graph_summary(analysis.program, config.path, verbose=arguments.verbose), sys.stderr)
        write(f"{_told(links.folder, changes, check=arguments.check)}\n", sys.stderr)
    return int(arguments.check and bool(changes))


def _findings(config: Config, analysis: Analysis) -> Sequence[Finding]:
    """What the rules of the project find, but for what it accepts."""
    from evlint.pack import packs
    from evlint.project import Project
    from evlint.rulebook import load
    from evlint.rulebook.selection import select

    return Project(config, select(load(*packs()), config.choice)).judge(analysis).findings


def _chosen(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in DOCS_FORMS:
            raise UsageError(f"`{name}` is no form of the documentation", f"the forms are {', '.join(DOCS_FORMS)}")
    return names


def _told(where: str, changes: Changes, *, check: bool) -> str:
    written, removed = len(changes.written), len(changes.removed)
    if not changes:
        return f"{terminal(where)} is up to date: {changes.kept} documents"
    if check:
        return f"{terminal(where)} is stale: {written} documents differ, {removed} are of no use (`evlint docs`)"
    return f"{terminal(where)}: {written} documents written, {changes.kept} up to date, {removed} removed"
