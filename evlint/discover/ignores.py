"""What excludes and .gitignore files say about the entries of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from evlint.patterns import Patterns

# Strongest first, and for each the path from its folder to the one being scanned, with a slash behind it.
Layers = tuple[tuple[Patterns, str], ...]


def is_ignored(layers: Layers, name: str, *, folder: bool) -> bool:
    """Tell whether the strongest layer that speaks of the entry ignores it."""
    for patterns, prefix in layers:
        verdict = patterns.verdict(prefix, name, folder=folder)
        if verdict is not None:
            return verdict
    return False


def below(layers: Layers, name: str) -> Layers:
    """Return `layers` as they apply one folder down."""
    return tuple((patterns, f"{prefix}{name}/") for patterns, prefix in layers)


def gitignored(folder: str) -> tuple[Patterns, ...]:
    """Read the ignore files that `folder` holds, the stronger first."""
    found = (_read(os.path.join(folder, ".gitignore")), _read(_info_exclude(os.path.join(folder, ".git"))))
    return tuple(patterns for patterns in found if patterns)


def layers_above(folder: str, exclude: Patterns, root: str, *, respect_gitignore: bool) -> Layers:
    """Collect what excludes and the ignore files above the absolute path `folder` say about what is in it.

    Whoever names a folder that is ignored wants it. Such patterns then count from the folder itself.
    """
    found = [(exclude, root)]
    if respect_gitignore:
        found += [(patterns, parent) for parent in _parents(folder, root) for patterns in gitignored(parent)]
    return tuple((patterns, _prefix(patterns, folder, parent)) for patterns, parent in found)


def _prefix(patterns: Patterns, folder: str, parent: str) -> str:
    try:
        relative = Path(folder).relative_to(parent).as_posix()
    except ValueError:
        return ""
    return "" if relative == "." or patterns.covers(relative, folder=True) else f"{relative}/"


def _parents(folder: str, root: str) -> list[str]:
    """List the folders above `folder` whose ignore files reach it: up to its git repository, or else up to `root`."""
    ancestors = [str(parent) for parent in Path(folder).parents]
    for count, ancestor in enumerate((folder, *ancestors)):
        if os.path.exists(os.path.join(ancestor, ".git")):
            return ancestors[:count]
    return ancestors[: ancestors.index(root) + 1] if root in ancestors else []


def _info_exclude(git: str) -> str:
    """Return the path of the repository's own exclude file; in a worktree, `.git` is a file that names the folder."""
    try:
        pointer = Path(git).read_text("utf-8", "surrogateescape") if os.path.isfile(git) else ""
        if pointer.startswith("gitdir:"):
            git = os.path.join(os.path.dirname(git), pointer.removeprefix("gitdir:").strip())
            common = Path(git, "commondir")
            git = os.path.join(git, common.read_text("utf-8", "surrogateescape").strip()) if common.is_file() else git
    except (OSError, ValueError):
        return ""
    return os.path.join(git, "info", "exclude")


def _read(path: str) -> Patterns | None:
    try:
        # As git has it, a file that cannot be read ignores nothing.
        text = Path(path).read_text("utf-8-sig", "surrogateescape")
    except (OSError, ValueError):
        return None
    return Patterns(text.split("\n"))
