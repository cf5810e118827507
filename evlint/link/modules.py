"""Which file an import means, and how a file's module is called."""

import sys
from collections.abc import Callable, Container, Iterable
from posixpath import dirname

from evlint.link.scopes import Module
from evlint.model.facts import FileFacts

SOURCE_FOLDERS = ("src", "lib", "python")

Load = Callable[[str], FileFacts | None]


class ModuleIndex:
    """The files of the program by path, and the modules made of them on demand.

    Args:
        paths: Every Python file that imports may mean, read or not.
        load: Gives the facts of one of these files.
        libraries: Packages that are known, and so hardly meant where a folder further inside has their name.
    """

    def __init__(self, paths: Iterable[str], load: Load, libraries: Container[str] = ()) -> None:
        self._paths = set(paths)
        self._load = load
        self._libraries = libraries
        self._modules: dict[str, Module | None] = {}
        self._folders = _folders(self._paths)
        self._by_tail = _by_tail(self._paths)
        self._resolved: dict[tuple[str, str], str | None] = {}

    def module(self, path: str) -> Module | None:
        """The module at `path`, or None for a folder without `__init__` and for a file that cannot be read."""
        if path not in self._modules:
            facts = self._load(path) if path in self._paths else None
            self._modules[path] = None if facts is None else self._make(path, facts)
        return self._modules[path]

    def modules(self) -> list[Module]:
        """All modules made so far, by path."""
        return [module for _, module in sorted(self._modules.items()) if module is not None]

    def _make(self, path: str, facts: FileFacts) -> Module:
        module = Module(path, self.name(path), facts)
        module.is_package = path.rsplit("/", 1)[-1].startswith("__init__.")
        return module

    def name(self, path: str) -> str:
        """The dotted name of the file at `path`: from the topmost package folder, or from the working directory."""
        parts = _stem(path).split("/")
        while parts and parts[0] in ("..", ".", ""):
            parts.pop(0)
        if len(parts) > 1 and parts[0] in SOURCE_FOLDERS and f"{parts[0]}/__init__.py" not in self._paths:
            parts.pop(0)
        return ".".join(parts) or "__init__"

    def find(self, importer: str, module: str, level: int) -> str | None:
        """The path that `module` means in the file `importer`: a file, or a folder that holds modules."""
        if level:
            folder = dirname(importer)
            for _ in range(level - 1):
                folder = dirname(folder)
            return self._at(_join(folder, module.replace(".", "/"))) if module else self._package(folder)
        key = (dirname(importer), module)
        if key not in self._resolved:
            self._resolved[key] = self._absolute(importer, module)
        return self._resolved[key]

    def child(self, path: str, name: str) -> str | None:
        """The submodule `name` of the package at `path`."""
        folder = dirname(path) if path in self._paths else path
        is_package = path not in self._paths or path.rsplit("/", 1)[-1].startswith("__init__.")
        return self._at(_join(folder, name)) if is_package else None

    def _absolute(self, importer: str, module: str) -> str | None:
        top = module.split(".", 1)[0]
        if top in sys.stdlib_module_names:
            return None
        relative = module.replace(".", "/")
        folder = dirname(importer)
        while True:
            found = self._at(_join(folder, relative))
            if (
                found is not None
                and found != importer
                and not (module in self._libraries and self._is_inner(folder, module))
            ):
                return found if found in self._paths else self._inside(found, top, relative)
            if not folder:
                break
            folder = dirname(folder)
        return self._by_suffix(importer, relative)

    def _is_inner(self, folder: str, name: str) -> bool:
        """Whether `name` in `folder` is a part of a package, or no package though it is not at the top."""
        if _join(folder, "__init__.py") in self._paths:
            return True
        is_top = folder.rpartition("/")[2] in ("", *SOURCE_FOLDERS)
        return not is_top and self._at(_join(folder, name)) not in self._paths

    def _inside(self, folder: str, top: str, relative: str) -> str:
        """What a folder without `__init__` stands for: the package of its own name in it, if there is one."""
        inner = self._at(f"{folder.removesuffix(relative)}{top}/{relative}")
        return inner if inner is not None and inner in self._paths else folder

    def _by_suffix(self, importer: str, relative: str) -> str | None:
        """The one file whose path ends like the import, the nearest if there are several."""
        top = relative.split("/", 1)[0]
        candidates = [
            path
            for path in self._by_tail.get(relative.rsplit("/", 1)[-1], ())
            if f"/{_stem(path)}".endswith(f"/{relative}")
            and ("/" in relative or not self._in_package(path))
            and self._is_root(_stem(path)[: -len(relative)], top)
        ]
        if not candidates:
            return None
        return max(candidates, key=lambda path: (_shared(path, importer), -path.count("/"), path))

    def _is_root(self, prefix: str, top: str) -> bool:
        """Whether `top` can be imported from the folder `prefix`: it is no subpackage there."""
        return f"{prefix}__init__.py" not in self._paths and bool(top)

    def _in_package(self, path: str) -> bool:
        return _join(dirname(path), "__init__.py") in self._paths and not path.endswith("/__init__.py")

    def _at(self, stem: str) -> str | None:
        for path in (f"{stem}.py", f"{stem}/__init__.py", f"{stem}.pyi", f"{stem}/__init__.pyi"):
            if path in self._paths:
                return path
        return stem if stem in self._folders else None

    def _package(self, folder: str) -> str | None:
        for name in ("__init__.py", "__init__.pyi"):
            if _join(folder, name) in self._paths:
                return _join(folder, name)
        return folder


def _folders(paths: set[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = dirname(folder)
    return found


def _by_tail(paths: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        found.setdefault(_stem(path).rsplit("/", 1)[-1], []).append(path)
    return found


def _stem(path: str) -> str:
    stem = path.rsplit(".", 1)[0]
    return stem.removesuffix("/__init__") if stem.endswith("/__init__") else stem


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
