"""Which deployable unit a file belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from posixpath import dirname

from evlint.model.program import Service

CONTAINERS = frozenset(
    {"src", "lib", "services", "apps", "packages", "python", "projects", "backend", "custom_components"}
)


class Services:
    """The services of a program, found by the folders that hold its files.

    A service is the topmost folder that holds Python files, below folders that only contain such folders. Where that
    is a package with several subpackages, each subpackage is a service.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = sorted(paths)
        self._packages = {dirname(path) for path in self._paths if path.endswith(("/__init__.py", "/__init__.pyi"))}
        self._holding = {dirname(path) for path in self._paths}
        self._known: dict[str, Service] = {}

    def of(self, path: str) -> Service:
        folder = dirname(path)
        if folder not in self._known:
            found = self._find(folder)
            self._known[folder] = Service(self._name(found), found or ".")
        return self._known[folder]

    def _find(self, folder: str) -> str:
        parts = folder.split("/") if folder else []
        depth = 1
        while depth < len(parts) and self._is_container("/".join(parts[:depth])):
            depth += 1
        top = "/".join(parts[:depth])
        below = "/".join(parts[: depth + 1])
        if top in self._packages and below in self._packages and below != top:
            return below
        return top

    def _is_container(self, folder: str) -> bool:
        name = folder.rsplit("/", 1)[-1]
        if folder in ("..", ".") or folder.endswith("/.."):
            return True
        return folder not in self._packages and (name in CONTAINERS or folder not in self._holding)

    @staticmethod
    def _name(folder: str) -> str:
        parts = [part for part in folder.split("/") if part not in ("..", ".", "")]
        while len(parts) > 1 and parts[0] in ("src", "lib"):
            parts.pop(0)
        return ".".join(parts) or "."
