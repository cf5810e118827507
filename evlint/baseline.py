"""Findings that were there before: accepted in a file, so that only new ones count.

A line names one finding by code, path, what it stands in, and fingerprint; never by line, time or version. Lines are
sorted, so that two branches merge.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from evlint.fingerprint import fingerprints
from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.model.run import Run

HEADER = "# Findings accepted by `evlint baseline`: new ones are reported all the same.\n"
_LINE = re.compile(r"(?P<code>[A-Z]+\d+) (?P<path>\S+) (?P<symbol>\S+) (?P<fingerprint>[0-9a-f]{16})\Z")


class Entry(msgspec.Struct, frozen=True, order=True):
    """One accepted finding."""

    path: str
    code: str
    symbol: str
    fingerprint: str

    @property
    def line(self) -> str:
        return f"{self.code} {_word(self.path)} {_word(self.symbol)} {self.fingerprint}"


def entries(findings: Sequence[Finding]) -> tuple[Entry, ...]:
    """What a baseline says of findings."""
    named = zip(findings, fingerprints(findings), strict=True)
    return tuple(sorted(Entry(item.location.path, item.code, item.location.symbol, name) for item, name in named))


def dumps(accepted: Iterable[Entry]) -> str:
    """Write a baseline."""
    return HEADER + "".join(f"{entry.line}\n" for entry in sorted(set(accepted)))


def read(path: Path) -> tuple[Entry, ...]:
    """Read a baseline.

    Raises:
        UsageError: The file cannot be read, or a line of it is none of a baseline.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the baseline `{path}`: {error}", "make one with `evlint baseline create`"
        ) from error
    found: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise UsageError(f"{path}:{number}: this is no line of a baseline", "run `evlint baseline update`")
        found.append(Entry(_unword(match["path"]), match["code"], _unword(match["symbol"]), match["fingerprint"]))
    return tuple(sorted(found))


def apply(run: Run, accepted: Collection[Entry], paths: Collection[str], codes: Collection[str]) -> Run:
    """Take the accepted findings out of a run, and say which entries fit nothing any more.

    Only an entry of a rule that ran, and of a file under the `paths` that were given, can be stale.
    """
    known = {entry.fingerprint for entry in accepted}
    named = list(zip(run.findings, fingerprints(run.findings), strict=True))
    seen = {name for _, name in named}
    stale = tuple(
        entry.line
        for entry in sorted(accepted)
        if entry.fingerprint not in seen and entry.code in codes and any(_covers(path, entry.path) for path in paths)
    )
    kept = tuple(finding for finding, name in named if name not in known)
    return msgspec.structs.replace(run, findings=kept, accepted=len(named) - len(kept), stale=stale)


def _covers(given: str, path: str) -> bool:
    folder = given.rstrip("/").removeprefix("./")
    return folder in (".", "", path) or path.startswith(f"{folder}/")


def _word(text: str) -> str:
    """Escape what would part a line, so that any path is one word; nothing at all is a dash."""
    escaped = re.sub(r"[\s%\x00-\x1f]|[^\x20-\x7e]", lambda found: _escaped(found[0]), text)
    return {"": "-", "-": "%2D"}.get(escaped, escaped)


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _unword(word: str) -> str:
    if word == "-":
        return ""
    raw = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), word.encode("ascii"))
    return raw.decode("utf-8", "surrogateescape")
