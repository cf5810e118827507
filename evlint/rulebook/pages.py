"""Read the pages of a pack of rules."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from evlint.model.errors import UsageError
from evlint.model.rule import RuleMeta

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FENCE = "+++\n"
ENGINE_CATEGORY = "hygiene"
NO_CATEGORY = {"dialects", "__pycache__"}
_CODE = re.compile(r"[A-Z]{2,}[0-9]{3,}")
_STEM = re.compile(r"[a-z][a-z0-9_]*")


class Page(msgspec.Struct, frozen=True):
    """A rule before its check is imported: `text` is the page below its front matter.

    `check` is the file of the check, or None where the engine itself reports the finding. `pack` is the package that
    brings it; empty for a built-in one.
    """

    name: str
    category: str
    meta: RuleMeta
    text: str
    path: Path
    check: Path | None
    pack: str = ""

    @property
    def code(self) -> str:
        return self.meta.code


def read_pack(pack: Path) -> Iterator[Page]:
    """Read every page of the pack in the folder `pack`."""
    if not pack.is_dir():
        raise UsageError(f"{pack}: there is no such pack of rules")
    for category in sorted(pack.iterdir()):
        if category.is_dir() and category.name not in NO_CATEGORY and not category.name.startswith("."):
            yield from _read_category(category)


def _read_category(category: Path) -> Iterator[Page]:
    files = {file for file in category.iterdir() if not file.name.startswith((".", "__"))}
    pages = {file.stem: file for file in files if file.suffix == ".md"}
    checks = {file.stem: file for file in files if file.suffix == ".py"}
    for stray in sorted(files - {*pages.values(), *checks.values()}):
        raise UsageError(f"{stray}: neither the page nor the check of a rule")
    for stem in sorted(checks.keys() - pages.keys()):
        raise UsageError(f"{checks[stem]}: the check has no page", f"write {stem}.md beside it")
    for stem, path in sorted(pages.items()):
        if stem not in checks and category.name != ENGINE_CATEGORY:
            raise UsageError(f"{path}: the page has no check", f"write {stem}.py beside it")
        yield _read_page(path, checks.get(stem))


def _read_page(path: Path, check: Path | None) -> Page:
    if not _STEM.fullmatch(path.stem):
        raise UsageError(f"{path}: the name of a rule is of small letters, digits and underscores")
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    front, fence, text = content.removeprefix(FENCE).partition(f"\n{FENCE}")
    if not content.startswith(FENCE) or not fence:
        raise UsageError(f"{path}: the page must begin with front matter between two lines of +++")
    try:
        meta = msgspec.convert(tomllib.loads(front), RuleMeta)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: front matter: {error}") from error
    if not _CODE.fullmatch(meta.code):
        raise UsageError(f"{path}: `{meta.code}` is no code of a rule", "write capital letters and digits, as EVL201")
    return Page(path.stem.replace("_", "-"), path.parent.name, meta, text.strip() + "\n", path, check)
