"""What a module that publishes runs of the modules that consume: code that it would not need to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Module, Scope, Site
from evlint.link.values import ClassObject, Frame, FunctionObject, ModuleObject, Value
from evlint.model.program import Dependency
from evlint.model.source import Location


def dependencies(
    evaluator: Evaluator,
    publishing: Iterable[Module],
    consuming: frozenset[str],
    registered: frozenset[tuple[str, str]],
) -> tuple[Dependency, ...]:
    """The calls in `publishing` that run code of the files `consuming`, without what is called to register handlers.

    To make an object is not to run it: whoever puts the parts together does so.
    `registered` holds pairs of files of which the first registers handlers of the second: it has to know them.
    """
    found: set[Dependency] = set()
    for module in publishing:
        imports = _imports(evaluator, module, consuming)
        wanted = {path for path in imports if path != module.path and (module.path, path) not in registered}
        for scope in module.all_scopes() if wanted else ():
            for site in scope.sites:
                for used in _called(evaluator, site):
                    if used.module.path in wanted:
                        found.add(_dependency(site, used, imports[used.module.path]))
    return tuple(sorted(found))


def _imports(evaluator: Evaluator, module: Module, consuming: frozenset[str]) -> dict[str, Location]:
    """The files of `consuming` that the module imports from, each with its first import."""
    found: dict[str, Location] = {}
    for scope in module.all_scopes():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.imported is None:
                    continue
                for value in evaluator.binding(binding, name, scope, Frame(scope)):
                    path = _path(value)
                    if path in consuming and path not in found:
                        found[path] = scope.location(binding.imported.span)
    return found


def _path(value: Value) -> str:
    match value:
        case ModuleObject():
            return value.path
        case ClassObject() | FunctionObject():
            return value.scope.module.path
    return ""


def _called(evaluator: Evaluator, site: Site) -> Iterator[Scope]:
    for value in evaluator.values(site.call.func, Frame(site.scope)):
        if isinstance(value, FunctionObject):
            yield value.scope


def _dependency(site: Site, used: Scope, imported: Location) -> Dependency:
    return Dependency(
        imported=imported,
        location=site.location,
        function=site.scope.function().key,
        path=used.module.path,
        name=used.qualname,
        key=used.key,
    )
