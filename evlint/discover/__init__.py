"""Find the Python files to analyse, and say which could not be reached."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from evlint.discover.ignores import Layers, below, gitignored, is_ignored, layers_above
from evlint.model.errors import UsageError
from evlint.model.program import SkippedFile
from evlint.patterns import Patterns

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".evlint_cache",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "buck-out",
    "build",
    "dist",
    "env",
    "node_modules",
    "site-packages",
    "venv",
    "*.egg-info",
)
SUFFIXES = (".py", ".pyi")


class Discovery(msgspec.Struct, frozen=True):
    """The files to read, sorted, and those that are there but cannot be read; paths as reports print them."""

    files: tuple[str, ...]
    skipped: tuple[SkippedFile, ...] = ()


def discover(
    paths: Sequence[str],
    *,
    root: Path,
    exclude: Sequence[str] | None = None,
    extend_exclude: Sequence[str] = (),
    respect_gitignore: bool = True,
) -> Discovery:
    """Find the Python files under `paths`, relative to the working directory.

    Folders are walked, each once however many links lead to it; links out of `root` and `paths` are not followed.
    A file that is named is read whatever it is called and whatever excludes it.
    """
    excluded = Patterns((*(DEFAULT_EXCLUDE if exclude is None else exclude), *extend_exclude))
    walk = _Walk(os.path.abspath(root), excluded, respect_gitignore=respect_gitignore)
    for path in paths:
        walk.start(path)
    walk.finish()
    found = _unique(walk)
    # Such a name can be in no document and no cache, and no module can be called so.
    odd = [
        SkippedFile(path, "its name is no text in the encoding of the file system") for path in found if _is_odd(path)
    ]
    files = [path for path in found if not _is_odd(path)] if odd else found
    return Discovery(tuple(files), tuple(sorted((*walk.skipped, *odd), key=lambda skipped: skipped.path)))


class _Folder(msgspec.Struct, frozen=True):
    """A folder to scan: its path in reports with a slash behind it, its real path, and what is ignored in it."""

    shown: str
    real: str
    layers: Layers


class _Walk:
    """A walk over folders, and what it has met so far: paths in reports, with the real path of each."""

    def __init__(self, root: str, exclude: Patterns, *, respect_gitignore: bool) -> None:
        self.files: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.skipped: list[SkippedFile] = []
        self._root = root
        self._exclude = exclude
        self._respect_gitignore = respect_gitignore
        self._inside = [os.path.realpath(root)]
        self._folders: list[_Folder] = []
        self._linked: list[_Folder] = []
        self._entered: set[str] = set()

    def start(self, path: str) -> None:
        """Take what the user named."""
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            if not os.path.lexists(path):
                raise UsageError(f"no such file or folder: `{path}`") from None
            self._skip(_shown(_absolute(path)), f"cannot be read: {error.strerror}")
            return
        absolute, real = _absolute(path), os.path.realpath(path)
        shown = _shown(absolute)
        linked = real != os.path.normpath(os.path.join(os.path.realpath("."), shown))
        if stat.S_ISREG(mode):
            (self.links if linked else self.files)[shown] = real
        elif stat.S_ISDIR(mode):
            self._inside.append(real)
            layers = layers_above(absolute, self._exclude, self._root, respect_gitignore=self._respect_gitignore)
            prefix = "" if shown == "." else f"{shown.rstrip('/')}/"
            (self._linked if linked else self._folders).append(_Folder(prefix, real, layers))
        else:
            self._skip(shown, "not a regular file")

    def finish(self) -> None:
        """Scan all folders. Those behind links wait, so that a file keeps the path that has no link in it."""
        while self._folders or self._linked:
            if not self._folders:
                self._linked.sort(key=lambda folder: folder.shown, reverse=True)
            folder = self._folders.pop() if self._folders else self._linked.pop()
            if folder.real not in self._entered:
                self._entered.add(folder.real)
                self._scan(folder)

    def _scan(self, folder: _Folder) -> None:
        try:
            with os.scandir(folder.shown or ".") as scanned:
                entries = list(scanned)
        except OSError as error:
            self._skip(folder.shown.rstrip("/") or ".", f"the folder cannot be read: {error.strerror}")
            return
        layers = folder.layers
        if self._respect_gitignore and any(entry.name in (".git", ".gitignore") for entry in entries):
            # What the user excludes comes first, then what is nearest.
            found = tuple((patterns, "") for patterns in gitignored(folder.shown or "."))
            layers = (layers[0], *found, *layers[1:])
        for entry in entries:
            name = entry.name
            if entry.is_symlink():
                self._follow(entry, folder, layers)
            elif entry.is_dir(follow_symlinks=False):
                if not is_ignored(layers, name, folder=True):
                    real = os.path.join(folder.real, name)
                    self._folders.append(_Folder(f"{folder.shown}{name}/", real, below(layers, name)))
            elif name.endswith(SUFFIXES) and not is_ignored(layers, name, folder=False):
                if entry.is_file(follow_symlinks=False):
                    self.files[folder.shown + name] = f"{folder.real}{os.sep}{name}"
                else:
                    self._skip(folder.shown + name, "not a regular file")

    def _follow(self, entry: os.DirEntry[str], folder: _Folder, layers: Layers) -> None:
        shown, name = folder.shown + entry.name, entry.name
        directory = _is_folder(entry)
        if not (directory or name.endswith(SUFFIXES)) or is_ignored(layers, name, folder=directory):
            return
        real = os.path.realpath(shown)
        if directory:
            if any(_contains(inside, real) for inside in self._inside):
                self._linked.append(_Folder(f"{shown}/", real, below(layers, name)))
        elif os.path.isfile(real):
            self.links[shown] = real
        else:
            self._skip(shown, "not a regular file" if os.path.exists(real) else "a symbolic link that leads nowhere")

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(SkippedFile(path, reason))


def _unique(walk: _Walk) -> list[str]:
    """Return each file once, whatever links lead to it, and no stub whose module is there."""
    found, taken = set(walk.files), set(walk.files.values())
    for shown, real in sorted(walk.links.items()):
        if real not in taken:
            taken.add(real)
            found.add(shown)
    return sorted(path for path in found if not (path.endswith(".pyi") and path[:-1] in found))


def _is_odd(path: str) -> bool:
    return not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path)


def _absolute(path: str) -> str:
    absolute = os.path.abspath(path)
    if ".." in path and not (os.path.exists(absolute) and os.path.samefile(path, absolute)):
        return os.path.realpath(path)  # `link/..` is not the folder that the link is in
    return absolute


def _shown(absolute: str) -> str:
    try:
        return os.path.relpath(absolute).replace(os.sep, "/")
    except ValueError:  # another drive
        return absolute.replace(os.sep, "/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
