"""Names that are safe in file names and links everywhere, each given once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

LONGEST = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
# Windows reserves some names, and an index page takes one of ours.
_RESERVED = frozenset(
    {
        "con",
        "prn",
        "aux",
        "nul",
        "readme",
        "index",
        *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
    }
)


def slugs(names: Mapping[str, str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Give each id, in its order, a slug made from its name; where two are alike, the id tells them apart.

    File systems that ignore case must not mix them up either.
    """
    used = {name.lower() for name in taken}
    plain = {key: _slug(name) for key, name in names.items()}
    counts: dict[str, int] = {}
    for slug in plain.values():
        counts[slug.lower()] = counts.get(slug.lower(), 0) + 1
    found: dict[str, str] = {}
    for key, short in plain.items():
        is_shared = counts[short.lower()] > 1 or short.lower() in used
        slug = _slug(key.partition(":")[2] or key) if is_shared else short
        if slug.lower() in used:
            slug = f"{slug[: LONGEST - 9]}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:8]}"
        used.add(slug.lower())
        found[key] = slug
    return found


def _slug(name: str) -> str:
    slug = _UNSAFE.sub("-", name.replace("{}", "-any-").replace("*", "-all-")).strip("-.")[:LONGEST] or "unnamed"
    return f"{slug}-" if slug.lower().partition(".")[0] in _RESERVED else slug
