"""Make text from analysed code harmless where it is printed."""

from __future__ import annotations

import re

# What build servers obey in what a job prints: at the start of a line (text may be wrapped before any word), or anywhere.
_COMMAND = re.compile(r"(?<!\S)::|##(?=\[|vso\[|teamcity\[)")
_MERMAID = re.compile(r"[\"#&<>`\\\[\]{}|;]")


def visible(text: str) -> str:
    """Show what would move the cursor, change colours, reorder the text or break the line, instead of doing it."""
    return text if text.isprintable() else "".join(map(_visible, text))


def terminal(text: str) -> str:
    """Text for people to read on a terminal or in the log of a job: visible, and no command to either."""
    return _COMMAND.sub(lambda found: f"{found[0][0]}\\x{ord(found[0][1]):02x}", visible(text))


def mermaid(text: str) -> str:
    """Escape the label of a Mermaid node; it must stand in double quotes."""
    return _MERMAID.sub(lambda found: f"#{ord(found[0])};", terminal(text))


def dot(text: str) -> str:
    """Escape a string of the DOT language; it must stand in double quotes."""
    return terminal(text).replace("\\", "\\\\").replace('"', '\\"')


def _visible(character: str) -> str:
    # Surrogates stand for bytes of a file name that are no text.
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
