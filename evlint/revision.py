"""Read the Python files of a git revision: nothing is checked out, and nothing of it runs."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from evlint.model.errors import UsageError

SUFFIXES = (".py", ".pyi")
_FILE = b"100"


def contents(revision: str, paths: Sequence[str] = (".",)) -> dict[str, bytes]:
    """The files under `paths` at `revision`, by their path from the working directory."""
    commit = _commit(revision)
    listed = _git("ls-tree", "-r", "-z", commit, "--", *paths)
    wanted: dict[str, str] = {}
    for entry in filter(None, listed.split(b"\0")):
        meta, _, name = entry.partition(b"\t")
        path = name.decode("utf-8", "surrogateescape")
        if meta.startswith(_FILE) and path.endswith(SUFFIXES):
            wanted[path] = meta.split()[2].decode("ascii")
    return dict(zip(wanted, _blobs(list(wanted.values())), strict=True))


def _commit(revision: str) -> str:
    """The full name of the commit; an unknown revision is refused by name."""
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is no revision")
    found = _run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.returncode:
        raise UsageError(f"`{revision}` is neither a file nor a revision of this git repository")
    return found.stdout.decode("ascii").strip()


def _blobs(names: Sequence[str]) -> list[bytes]:
    """The contents of blobs, in order."""
    if not names:
        return []
    data = _git("cat-file", "--batch", given="\n".join(names).encode("ascii") + b"\n")
    found: list[bytes] = []
    position = 0
    for _ in names:
        end = data.index(b"\n", position)
        size = int(data[position:end].split()[2])
        found.append(data[end + 1 : end + 1 + size])
        position = end + size + 2
    return found


def _git(*arguments: str, given: bytes | None = None) -> bytes:
    done = _run(*arguments, given=given)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"git {arguments[0]} failed: {reason[0] if reason else done.returncode}")
    return done.stdout


def _run(*arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], input=given, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise UsageError("git is not installed, so no revision can be read") from error
