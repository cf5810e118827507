"""Read the Python files of a git revision, and what changed since: nothing is checked out, and nothing of it runs."""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections.abc import Iterator, Sequence

from evlint.model.change import WHOLE, Change
from evlint.model.errors import UsageError

SUFFIXES = (".py", ".pyi")
_FILE = b"100"
_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_LETTERS = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))


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


def fork(revision: str) -> str:
    """The commit at which the present state and `revision` parted, or `revision` itself where that is not known."""
    commit = _commit(revision)
    found = _run("merge-base", commit, "HEAD")
    return commit if found.returncode else found.stdout.decode("ascii").split()[0]


def change(commit: str) -> Change:
    """What changed in the working tree since `commit`; files that git does not know yet have changed altogether."""
    # The user's own settings for diffs must not change what is read here.
    printed = _git(
        *("-c", "core.quotePath=false", "diff", "--unified=0", "--find-renames", "--no-color", "--no-ext-diff"),
        *("--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules", commit, "--"),
    )
    top = _git("rev-parse", "--show-cdup").decode("utf-8", "surrogateescape").strip()
    lines: dict[str, list[tuple[int, int]]] = {}
    renamed: dict[str, str] = {}
    for before, after, stretches in _files(printed):
        path = posixpath.normpath(posixpath.join(top, after))
        lines[path] = stretches
        if before:
            renamed[posixpath.normpath(posixpath.join(top, before))] = path
    fresh = _git("ls-files", "--others", "--exclude-standard", "-z", "--", f"./{top}")
    for name in filter(None, fresh.split(b"\0")):
        lines[name.decode("utf-8", "surrogateescape")] = [WHOLE]
    return Change({path: tuple(stretches) for path, stretches in lines.items()}, renamed)


def _files(printed: bytes) -> Iterator[tuple[str, str, list[tuple[int, int]]]]:
    """The former name where it is another, the name and the changed lines of each file that a diff shows."""
    for part in re.split(rb"^diff --git .*\n", printed, flags=re.MULTILINE)[1:]:
        head, _, _ = part.partition(b"\n@@ ")
        names = dict(_headers(head))
        after = names.get("rename to") or names.get("+++", "").removeprefix("b/")
        if not after or after == "/dev/null":
            continue
        stretches = [_stretch(match) for match in map(_HUNK.match, part.split(b"\n")) if match]
        yield names.get("rename from", ""), after, stretches


def _headers(head: bytes) -> Iterator[tuple[str, str]]:
    for line in head.split(b"\n"):
        for key in ("rename from", "rename to", "+++"):
            if line.startswith(key.encode() + b" "):
                yield key, _unquoted(line[len(key) + 1 :])


def _unquoted(name: bytes) -> str:
    """The name that git put into quotes because of odd characters in it; a tab ends one with blanks."""
    name = name.removesuffix(b"\t")
    if name.startswith(b'"'):
        name = _ESCAPE.sub(_unescaped, name[1:-1])
    return name.decode("utf-8", "surrogateescape")


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) if len(code) == 3 else _LETTERS[code[0]]])


def _stretch(match: re.Match[bytes]) -> tuple[int, int]:
    first, count = int(match[1]), int(match[2] or 1)
    return (first, first + count - 1) if count else (first + 1, first)


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
