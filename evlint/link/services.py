"""Which deployable unit a file belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from posixpath import dirname

from evlint.model.program import Service

# Folders, no packages, that only hold code.
SOURCES = frozenset({"src", "lib", "python", "backend"})
# Folders, no packages, that hold one service each.
SHELVES = frozenset({"services", "microservices", "packages", "projects", "custom_components"})
# Folders or packages that hold one part of the program each.
HOLDERS = frozenset(
    {"apps", "modules", "domains", "contexts", "bounded_contexts", "components", "custom_components", "plugins", "features"}
)  # fmt: skip
# Packages that are a layer of a service, not a service.
LAYERS = frozenset(
    "adapters aggregates api application clients cli commands common config consumers controllers core crud database db"
    " dependencies domain dto endpoints entities entrypoints events events_handlers event_handlers exceptions handlers"
    " helpers infra infrastructure interfaces jobs kernel lib listeners management managers messaging middleware"
    " migrations models persistence ports presentation producers projections publishers queries repositories repository"
    " routers routes schemas serializers service service_layer services settings shared signals storage subscribers"
    " tasks templates tests types usecases use_cases utils v1 v2 value_objects views web workers".split()
)
# What stands beside the program.
ASIDE = frozenset(
    "alembic bench benchmarks bin ci conf config deploy deployment dev doc docs example examples migrations samples"
    " scripts settings setup test tests testing tools".split()
)
# A package with so large a share of the files is the program; smaller ones beside it are services themselves.
MAIN = 0.8


class Services:
    """The services of a program, found by the folders that hold its files.

    A service is the topmost folder that holds Python files, below folders that only contain such folders, or a
    folder on a shelf such as `services`. Where one such package is nearly all of the program, its subpackages that are
    no technical layers are services.

    Args:
        paths: Every Python file of the program.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        known = sorted(paths)
        self._packages = {dirname(path) for path in known if path.endswith(("/__init__.py", "/__init__.pyi"))}
        self._holding = {dirname(path) for path in known}
        self._known: dict[str, Service] = {}
        tops = Counter(self._top(dirname(path).split("/"))[0] for path in known if "/" in path)
        aside = {top for top in tops if top.rsplit("/", 1)[-1] in ASIDE}
        program = sum(number for top, number in tops.items() if top not in aside)
        self._main = {top for top, number in tops.items() if number >= MAIN * program}

    def of(self, path: str) -> Service:
        """The service of the file at `path`."""
        folder = dirname(path)
        if folder not in self._known:
            found = self._find(folder.split("/")) if folder else ""
            self._known[folder] = Service(self._name(found), found or ".")
        return self._known[folder]

    def _find(self, parts: list[str]) -> str:
        top, is_shelved = self._top(parts)
        if is_shelved or top not in self._main or top not in self._packages:
            return top
        inner = parts[top.count("/") + 1 :]
        if not inner or f"{top}/{inner[0]}" not in self._packages:
            return top
        if inner[0] in HOLDERS:
            below = "/".join([top, *inner[:2]])
            return below if below in self._packages else top
        return top if inner[0] in LAYERS else f"{top}/{inner[0]}"

    def _top(self, parts: list[str]) -> tuple[str, bool]:
        """The topmost folder with code, and whether it stands on a shelf, which makes it a service."""
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if not self._is_container(folder, parts[depth - 1]):
                return folder, False
            if parts[depth - 1] in SHELVES and parts[depth] not in SOURCES:
                return "/".join(parts[: depth + 1]), True
        return "/".join(parts), False

    def _is_container(self, folder: str, name: str) -> bool:
        if name in ("..", "."):
            return True
        is_named = name in SOURCES or name in SHELVES or name in HOLDERS
        return folder not in self._packages and (is_named or folder not in self._holding)

    @staticmethod
    def _name(folder: str) -> str:
        parts = [part for part in folder.split("/") if part not in ("..", ".", "")]
        while len(parts) > 1 and parts[0] in ("src", "lib"):
            parts.pop(0)
        return ".".join(parts) or "."
