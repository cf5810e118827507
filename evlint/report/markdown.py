"""Spell Markdown; whatever comes from analysed code is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evlint.report import mermaid
from evlint.report.drawing import Drawing
from evlint.report.escape import terminal, visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~&<>$@:^=-])")


def text(words: str) -> str:
    """Words as they are, on one line: nothing in them is markup, and nobody is called who is named there."""
    return _SPECIAL.sub(r"\\\1", visible(" ".join(words.split()))).replace("@", "@\u200b")


def prose(message: str) -> str:
    """A message as evlint writes them, with code between backticks; whatever the names in it are, nothing is markup."""
    parts = " ".join(message.split()).split("`")
    if len(parts) % 2 == 0:
        return text(message)
    return "".join(code(part) if number % 2 else _kept(part) for number, part in enumerate(parts))


def _kept(words: str) -> str:
    """Words with the blanks around them."""
    blank = " " if words[:1] == " " else ""
    return blank + text(words) + (" " if words.strip() and words[-1:] == " " else "")


def code(name: str) -> str:
    """A name or piece of code, safe in a table as well."""
    shown = terminal(" ".join(name.split())).replace("|", "\\|")
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def link(label: str, target: str) -> str:
    """A link; `label` is spelled already."""
    return f"[{label}]({target})"


def picture(drawing: Drawing) -> list[str]:
    """A Mermaid picture."""
    return ["```mermaid", *mermaid.text(drawing).splitlines(), "```"]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; columns in which nothing stands are left out."""
    filled = [list(row) for row in rows]
    columns = [index for index in range(len(heads)) if any(row[index] for row in filled)]
    if not filled or not columns:
        return []
    lines = [_row([heads[index] for index in columns]), _row(["---"] * len(columns))]
    lines += [_row([row[index] for index in columns]) for row in filled]
    return lines


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def section(title: str, *blocks: Sequence[str], level: int = 2) -> list[str]:
    """A heading and what stands below it; nothing at all where that is nothing."""
    filled = [block for block in blocks if block]
    if not filled:
        return []
    lines = [f"{'#' * level} {title}"]
    for block in filled:
        lines += ["", *block]
    return lines


def count(number: int, noun: str) -> str:
    """A number and its noun."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
