"""Import the check of a rule, which is done only for the rules that run."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

import msgspec

from evlint.model.errors import UsageError
from evlint.model.rule import Rule
from evlint.rulebook.pages import Page


def load_rule(page: Page) -> Rule:
    """Make the rule of `page`, with its check imported."""
    check, options = None, None
    if page.check:
        module = _import(page.check)
        check, options = getattr(module, "check", None), getattr(module, "Options", None)
        if not callable(check):
            raise UsageError(f"{page.check}: there is no function `check`")
        if options is not None and not _is_options(options):
            raise UsageError(
                f"{page.check}: `Options` must be a frozen msgspec.Struct", "with forbid_unknown_fields=True"
            )
    return Rule(page.name, page.category, page.meta, page.text, check, options)


def _is_options(options: object) -> bool:
    if not (isinstance(options, type) and issubclass(options, msgspec.Struct)):
        return False
    return options.__struct_config__.frozen and options.__struct_config__.forbid_unknown_fields


def _import(path: Path) -> ModuleType:
    # The path as the name keeps rules of one stem in several packs apart.
    name = str(path.resolve())
    if name in sys.modules:
        return sys.modules[name]
    loader = SourceFileLoader(name, str(path))
    spec = ModuleSpec(name, loader, origin=str(path))
    spec.has_location = True
    module = module_from_spec(spec)
    # Annotations that are evaluated late look their module up here, so it must be there before it is executed.
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UsageError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    return module
