"""evlint and its peers: how each is installed, and how each is run.

Every peer has an environment of its own, since some of them cannot stand side by side.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import evlint

SEMGREP_RULES = """\
rules:
  - {id: publish, languages: [python], severity: INFO, message: a publication, pattern: $BUS.publish(...)}
  - {id: subscribe, languages: [python], severity: INFO, message: a subscription, pattern: $BUS.subscribe(...)}
"""
GRIMP = "import sys, grimp; grimp.build_graph(sys.argv[1], cache_dir=sys.argv[2] or None)"


class Job(NamedTuple):
    """What a tool has to do: read `folder`, and keep what it likes to keep in `cache`, or nothing if that is None."""

    folder: str
    cache: Path | None
    scripts: Path
    rules: Path


class Tool(NamedTuple):
    """A command line. A tool that `caches` runs cold, then warm; the others know only cold."""

    name: str
    version: str
    command: Callable[[Job], list[str]]
    caches: bool
    ends: frozenset[int] = frozenset({0})
    slow: bool = False


def _evlint(job: Job) -> list[str]:
    cache = ["--cache-dir", str(job.cache)] if job.cache else ["--no-cache"]
    switches = ["--isolated", "--quiet", "--no-respect-gitignore"]
    return [sys.executable, "-m", "evlint", "check", *switches, *cache, job.folder]


def _ruff(job: Job) -> list[str]:
    cache = ["--cache-dir", str(job.cache)] if job.cache else ["--no-cache"]
    switches = ["--isolated", "--exit-zero", "--quiet", "--no-respect-gitignore"]
    return [str(job.scripts / "ruff"), "check", *switches, *cache, job.folder]


def _flake8(job: Job) -> list[str]:
    return [str(job.scripts / "flake8"), "--isolated", "--exit-zero", "--quiet", job.folder]


def _semgrep(job: Job) -> list[str]:
    switches = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet"]
    return [str(job.scripts / "semgrep"), "scan", *switches, "--config", str(job.rules), job.folder]


def _grimp(job: Job) -> list[str]:
    return [str(job.scripts / "python"), "-c", GRIMP, job.folder, str(job.cache or "")]


def _fixit(job: Job) -> list[str]:
    return [str(job.scripts / "fixit"), "--quiet", "lint", job.folder]


EVLINT = Tool("evlint", evlint.__version__, _evlint, caches=True, ends=frozenset({0, 1}))
REFERENCE = Tool("ruff", "0.17.6", _ruff, caches=True)
PEERS = (
    REFERENCE,
    Tool("grimp", "3.19", _grimp, caches=True),
    Tool("semgrep", "1.175.0", _semgrep, caches=False),
    Tool("flake8", "7.5.0", _flake8, caches=False),
    Tool("fixit", "2.2.1", _fixit, caches=False, ends=frozenset({0, 1, 2, 3}), slow=True),
)


def install(tool: Tool, cache: Path) -> Path | None:
    """Install `tool` unless `cache` has it, and return the folder of its scripts; None if it cannot be installed here."""
    if tool is EVLINT:
        return Path(sys.executable).parent
    home = cache / "tools" / f"{tool.name}-{tool.version}-{sys.version_info.major}.{sys.version_info.minor}"
    ready = home / "ready"
    if not ready.exists():
        venv.create(home, with_pip=True, clear=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        if subprocess.run([*pip, f"{tool.name}=={tool.version}"], check=False).returncode:
            return None
        ready.touch()
    return home / "bin"
