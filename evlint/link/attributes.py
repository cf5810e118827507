"""What `value.attribute` and an import may stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evlint.link import hints
from evlint.link.arguments import bind
from evlint.link.names import in_module
from evlint.link.scopes import Binding, Module, Scope
from evlint.link.values import (
    ClassObject,
    ExternalObject,
    Frame,
    FunctionObject,
    Instance,
    ModuleObject,
    Table,
    Text,
    Unbound,
    Value,
)
from evlint.link.walk import last_name
from evlint.model.facts import Attribute, Call, Import, Name

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

# Steps from the constructor of a class to those of its bases.
INHERITED = 5
PROPERTIES = frozenset({"property", "cached_property", "functools.cached_property", "hybrid_property", "reify"})


def of_import(evaluator: Evaluator, module: Module, imported: Import, frame: Frame) -> tuple[Value, ...]:
    """What the local name of an import stands for."""
    if not imported.member:
        return _module(evaluator, module, imported)
    dotted = imported.module if not imported.level else ""
    known = evaluator.vocabulary.canonical(f"{dotted}.{imported.member}") if dotted else ""
    if evaluator.vocabulary.is_known(known):
        return (ExternalObject(known),)
    path = evaluator.index.find(module.path, imported.module, imported.level)
    if path is None:
        prefix = dotted or _relative(module, imported)
        return (ExternalObject(f"{prefix}.{imported.member}"),)
    return member(evaluator, path, imported.member, frame)


def _relative(module: Module, imported: Import) -> str:
    parts = module.name.split(".")
    keep = len(parts) - imported.level + (1 if module.is_package else 0)
    return ".".join([*parts[: max(keep, 0)], *filter(None, [imported.module])])


def _module(evaluator: Evaluator, module: Module, imported: Import) -> tuple[Value, ...]:
    bound = imported.alias if imported.alias == imported.module.split(".")[0] else imported.module
    path = evaluator.index.find(module.path, bound, 0)
    return (ModuleObject(path),) if path is not None else (ExternalObject(bound),)


def member(evaluator: Evaluator, path: str, name: str, frame: Frame) -> tuple[Value, ...]:
    """What `name` stands for in the module or folder at `path`."""
    module = evaluator.index.module(path)
    if frame.is_spent:
        return ()
    if module is not None:
        known = f"{module.name}.{name}"
        if evaluator.vocabulary.is_known(known):
            return (ExternalObject(known),)
        scope, bindings = in_module(evaluator, module, name)
        if scope is not None:
            inner = Frame(scope, depth=frame.depth + 1)
            return tuple(
                value for binding in reversed(bindings) for value in evaluator.binding(binding, name, scope, inner)
            )
    child = evaluator.index.child(path, name)
    if child is not None:
        return (ModuleObject(child),)
    prefix = module.name if module is not None else path.replace("/", ".")
    return (ExternalObject(f"{prefix}.{name}"),)


def of_value(evaluator: Evaluator, value: Value, name: str, frame: Frame) -> tuple[Value, ...]:
    """What the attribute `name` of `value` stands for."""
    match value:
        case ModuleObject():
            return member(evaluator, value.path, name, frame)
        case ExternalObject():
            return (ExternalObject(evaluator.vocabulary.canonical(f"{value.name}.{name}")),)
        case ClassObject(scope=scope) | FunctionObject(scope=scope) if name in ("__name__", "__qualname__"):
            return (Text(scope.name if name == "__name__" else scope.qualname),)
        case ClassObject():
            return _of_class(evaluator, value.scope, name, frame, None)
        case Instance(type=Scope() as scope):
            return _of_class(evaluator, scope, name, frame, value)
        case Instance(type=str() as external):
            typed = evaluator.vocabulary.attribute(value, name, evaluator)
            return typed or (Instance(f"{external}.{name}"),)
        case Text() if name == "value":
            return (value,)
        case Table() if name in ("items", "keys", "copy"):
            return (value,)
    return ()


def _of_class(
    evaluator: Evaluator, scope: Scope, name: str, frame: Frame, instance: Instance | None
) -> tuple[Value, ...]:
    found: list[Value] = []
    for base in evaluator.classes.line(scope):
        if isinstance(base, str):
            continue
        if instance is not None:
            found.extend(_own(evaluator, base, name, frame, instance))
        found.extend(_declared(evaluator, base, name, frame, instance))
        if found:
            return tuple(found)
    if instance is not None:
        found.extend(evaluator.vocabulary.attribute(instance, name, evaluator))
    return tuple(found)


def _own(evaluator: Evaluator, scope: Scope, name: str, frame: Frame, instance: Instance) -> list[Value]:
    """Values that methods assign to `self.name`: what the object was made with, where that is known."""
    found: list[Value] = []
    for binding, method in scope.attributes.get(name, ()):
        inner = Frame(method, depth=frame.depth + 1)
        values = evaluator.binding(binding, f"{scope.qualname}.{name}", method, inner)
        if instance.call is not None and all(_is_open(value, method) for value in values):
            made = _making(evaluator, instance, method, frame)
            values = evaluator.binding(binding, f"{scope.qualname}.{name}", method, made) if made else values
        found.extend(values)
    return found


def _is_open(value: Value, method: Scope) -> bool:
    """Whether the value is a parameter of `method`, or something made in it, which a parameter may be given to."""
    if isinstance(value, Instance):
        return (
            value.call is not None and bool(value.call.args) and value.frame is not None and value.frame.scope is method
        )
    return isinstance(value, Unbound)


def _making(evaluator: Evaluator, instance: Instance, init: Scope, frame: Frame) -> Frame | None:
    """The call of `init`, the constructor of a class or of a base of it, by which an object was made."""
    if not isinstance(instance.type, Scope) or instance.call is None or instance.frame is None:
        return None
    outer = evaluator.classes.method(instance.type, "__init__")
    call, caller = instance.call, instance.frame
    for _ in range(INHERITED):
        if outer is None or frame.is_spent:
            return None
        inside = Frame(outer, outer, bind(outer, call, caller), depth=max(frame.depth, caller.depth) + 1)
        if outer is init:
            return inside
        above = next((site.call for site in outer.sites if _is_inherited(site.call)), None)
        if above is None or outer.owner is None:
            return None
        bases = evaluator.classes.line(outer.owner)[1:]
        outer = next(
            (base.method("__init__") for base in bases if isinstance(base, Scope) and base.method("__init__")), None
        )
        call, caller = above, inside
    return None


def _is_inherited(call: Call) -> bool:
    """Whether the call is `super().__init__(...)`."""
    match call.func:
        case Attribute(attr="__init__", value=Call(func=Name(id="super"))):
            return True
    return False


def _declared(evaluator: Evaluator, scope: Scope, name: str, frame: Frame, instance: Instance | None) -> list[Value]:
    """Values that the class body gives to `name`."""
    found: list[Value] = []
    inner = Frame(scope, depth=frame.depth + 1)
    for binding in reversed(scope.bindings.get(name, ())):
        method = binding.scope if binding.kind == "scope" else None
        if method is not None and method.kind == "function":
            found.extend(_method(evaluator, method, inner, instance or ClassObject(scope)))
        else:
            found.extend(_member(evaluator, scope, binding, name, inner))
    return found


def _method(evaluator: Evaluator, method: Scope, frame: Frame, receiver: Instance | ClassObject) -> tuple[Value, ...]:
    if not any(last_name(decorator) in PROPERTIES for decorator in method.decorators):
        return (FunctionObject(method, receiver),)
    node = method.node
    returns = getattr(node, "returns", None)
    if returns is not None:
        annotated = hints.instances(evaluator, returns, Frame(method.parent or method, depth=frame.depth + 1))
        if annotated:
            return annotated
    inner = Frame(method, depth=frame.depth + 1)
    return tuple(value for expression in method.returns for value in evaluator.values(expression, inner))


def _member(evaluator: Evaluator, scope: Scope, binding: Binding, name: str, frame: Frame) -> tuple[Value, ...]:
    values = evaluator.binding(binding, name, scope, frame)
    if binding.value is None and binding.kind == "value" and _is_settings(evaluator, scope):
        return (Text(name, f"{scope.qualname}.{name}"),)
    if not evaluator.classes.is_enum(scope) or binding.kind != "value":
        return values
    location = scope.location(binding.span) if binding.span is not None else None
    symbol = f"{scope.qualname}.{name}"
    texts = [value for value in values if isinstance(value, Text)]
    return (Text(texts[0].value if texts else name.lower(), symbol, location),)


def _is_settings(evaluator: Evaluator, scope: Scope) -> bool:
    """Whether the environment fills the fields of a class that have no default."""
    return any(name.endswith(".BaseSettings") for name in evaluator.classes.names(scope))


def members(evaluator: Evaluator, value: ClassObject) -> tuple[Value, ...]:
    """The members of an enumeration, in order."""
    if not evaluator.classes.is_enum(value.scope):
        return ()
    names = [name for name in value.scope.bindings if not name.startswith("_") and value.scope.method(name) is None]
    return tuple(item for name in names for item in of_value(evaluator, value, name, Frame(value.scope)))
