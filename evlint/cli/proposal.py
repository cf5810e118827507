"""The files that `evlint init` proposes; what is there already is left alone, or added to at its end."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from evlint.cli.show import quoted
from evlint.cli.templates import GITHUB, GITLAB, HOOK
from evlint.config import OWN_FILE, SHARED_FILE, Config, parse
from evlint.model.bus import Bus
from evlint.model.errors import UsageError
from evlint.survey import Survey

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HOOKS_FILE = ".pre-commit-config.yaml"
GITHUB_FILE = ".github/workflows/evlint.yml"
GITLAB_FILE = ".gitlab-ci.yml"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Piece(msgspec.Struct, frozen=True):
    """A file to create, a text to add at the end of one, or one that only its owner can put in its place."""

    path: Path
    text: str
    how: Literal["create", "add", "by hand"]


def propose(survey: Survey, config: Config, folder: Path, version: str) -> list[Piece]:
    """What is missing in `folder`: the configuration, the hook and the job."""
    at_top = not any((parent / ".git").exists() for parent in folder.parents)
    pieces = [*_configuration(survey, config, folder, version)]
    for path, text in ((HOOKS_FILE, HOOK), _job(folder)):
        target = folder / path
        if not _speaks_of_evlint(target):
            free = at_top and not target.exists() and _is_at_home(folder, path)
            pieces.append(Piece(target, text, "create" if free else "by hand"))
    return pieces


def apply(piece: Piece) -> None:
    """Create the file, or add to it; raises UsageError where it cannot be written."""
    try:
        piece.path.parent.mkdir(parents=True, exist_ok=True)
        # `x` refuses a file that is there, `a` leaves what it holds.
        with piece.path.open("x" if piece.how == "create" else "a", encoding="utf-8", newline="") as file:
            file.write(piece.text)
    except OSError as error:
        raise UsageError(f"cannot write to `{piece.path}`: {error.strerror}") from error


def _configuration(survey: Survey, config: Config, folder: Path, version: str) -> Iterator[Piece]:
    shared, own = folder / SHARED_FILE, folder / OWN_FILE
    if config.path is not None:
        prefix = "" if config.path.name == OWN_FILE and not _is_nested(config.path) else "tool.evlint."
        text = "\n".join(_buses(survey, prefix, apart=False))
        if text:
            yield _added(config.path, text)
        return
    if shared.is_file():
        piece = _added(
            shared, "\n".join(["[tool.evlint]", *_settings(survey, version), *_buses(survey, "tool.evlint.")])
        )
        if piece.how == "add":
            yield piece
            return
    yield Piece(own, "\n".join([*_settings(survey, version), *_buses(survey, "")]) + "\n", "create")


def _is_nested(path: Path) -> bool:
    return set(tomllib.loads(path.read_text("utf-8"))) == {"tool"}


def _added(path: Path, text: str) -> Piece:
    """What to add to a TOML file, if it is still one with it."""
    try:
        before = path.read_bytes().decode("utf-8")
        blank = "" if not before else "\n" if before.endswith("\n") else "\n\n"
        added = f"{blank}{text}\n"
        if "\r\n" in before:
            added = added.replace("\n", "\r\n")
        content = tomllib.loads(before + added)
        parse(content["tool"]["evlint"] if "tool" in content else content, path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, UsageError, KeyError):
        return Piece(path, f"{text}\n", "by hand")
    return Piece(path, added, "add")


def _settings(survey: Survey, version: str) -> Iterator[str]:
    release = re.match(r"\d+(\.\d+)*", version)
    if release is not None:
        yield "# Rules that come with a later version wait until this is raised."
        yield f"ruleset = {quoted(release[0])}"
    if survey.tests:
        yield f"# What tests publish and handle ({_sites(survey.tests)}) is no part of the flow."
        yield 'extend-exclude = ["tests/", "test/", "test_*.py", "*_test.py"]'
    if survey.off:
        titles = ", ".join(title for _, title in survey.off)
        yield f"# Off unless it is switched on: {titles}."
        yield f"# dialects-on = [{', '.join(quoted(name) for name, _ in survey.off)}]"


def _sites(number: int) -> str:
    return f"{number} {'place' if number == 1 else 'places'}"


def _buses(survey: Survey, prefix: str, *, apart: bool = True) -> Iterator[str]:
    for index, item in enumerate(survey.undeclared):
        if index or apart:
            yield ""
        yield from bus_table(item.name, item.bus, prefix)


def bus_table(name: str, bus: Bus, prefix: str = "tool.evlint.") -> Iterator[str]:
    """The lines that declare a bus."""
    yield f"[{prefix}bus.{name if _BARE.fullmatch(name) else quoted(name)}]"
    yield f"class = {quoted(bus.of)}"
    for key, methods in (("publish", bus.publish), ("subscribe", bus.subscribe)):
        if methods:
            yield f"{key} = [{', '.join(map(quoted, methods))}]"
    if bus.events != "class":
        yield f"events = {quoted(bus.events)}"


def _job(folder: Path) -> tuple[str, str]:
    """The job for whichever service the repository seems to live on."""
    is_gitlab = (folder / GITLAB_FILE).exists() or "gitlab" in _remotes(folder)
    return (GITLAB_FILE, GITLAB) if is_gitlab else (GITHUB_FILE, GITHUB)


def _is_at_home(folder: Path, path: str) -> bool:
    return path != GITHUB_FILE or (folder / ".github").is_dir() or "github" in _remotes(folder)


def _remotes(folder: Path) -> str:
    """Where the repository is cloned from, as git's own configuration has it."""
    try:
        return (folder / ".git/config").read_text("utf-8").lower()
    except (OSError, UnicodeDecodeError):
        return ""


def _speaks_of_evlint(target: Path) -> bool:
    """Whether the file, or for a workflow any beside it, runs evlint already."""
    beside = target.parent.glob("*.y*ml") if target.parent.name == "workflows" else [target]
    for path in beside:
        try:
            if b"evlint" in path.read_bytes():
                return True
        except OSError:
            continue
    return False
