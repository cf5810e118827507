"""How the class of an event is defined: its fields, its form, and whether its instances can change."""

from __future__ import annotations

from evlint.link import hints
from evlint.link.descriptions import description
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Binding, Scope
from evlint.link.values import Frame, Text
from evlint.link.walk import dotted, expressions, last_name
from evlint.model.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    Class,
    Expression,
    Function,
    Literal,
    Mapping,
    Name,
    Operation,
    Raise,
    Sequence,
    Subscript,
)
from evlint.model.program import Field, Form, Mutability

DATACLASSES = frozenset({"dataclasses.dataclass", "pydantic.dataclasses.dataclass"})
ATTRS_MUTABLE = frozenset(
    {
        "attr.s",
        "attr.attrs",
        "attr.attributes",
        "attr.define",
        "attrs.define",
        "attr.mutable",
        "attrs.mutable",
        "attr.dataclass",
    }
)
ATTRS_FROZEN = frozenset({"attr.frozen", "attrs.frozen"})
FORM_BASES: dict[str, Form] = {
    "pydantic.BaseModel": "pydantic",
    "pydantic.main.BaseModel": "pydantic",
    "pydantic.v1.BaseModel": "pydantic",
    "pydantic_settings.BaseSettings": "pydantic",
    "msgspec.Struct": "msgspec",
    "typing.NamedTuple": "namedtuple",
    "collections.namedtuple": "namedtuple",
    "typing.TypedDict": "typeddict",
    "typing_extensions.TypedDict": "typeddict",
}
TYPE_FIELDS = (
    "event_type",
    "type",
    "event_name",
    "name",
    "topic",
    "routing_key",
    "subject",
    "type_",
    "__type__",
    "event",
    "EVENT_TYPE",
    "EVENT_NAME",
    "TOPIC",
    "__event_name__",
)
NEUTRAL = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})


def decorator_names(evaluator: Evaluator, scope: Scope) -> tuple[str, ...]:
    """The decorators by their dotted names, resolved where possible."""
    found: list[str] = []
    for node in scope.decorators:
        callee = node.func if isinstance(node, Call) else node
        names = hints.names(evaluator, callee, Frame(scope.parent or scope))
        found.append(names[0] if names else dotted(callee))
    return tuple(found)


def form(evaluator: Evaluator, scope: Scope) -> tuple[Form, Mutability]:
    """What kind of class this is, and whether its instances can be changed; the nearest base that says so decides."""
    kind: Form = "plain"
    mutability: Mutability = "unknown"
    for base in evaluator.classes.line(scope):
        if isinstance(base, str):
            if base in FORM_BASES:
                kind = FORM_BASES[base] if kind == "plain" else kind
                if mutability == "unknown":
                    mutability = "frozen" if kind == "namedtuple" else "unknown" if kind == "typeddict" else "mutable"
            elif base not in NEUTRAL and mutability == "unknown" and kind == "plain":
                return "framework", "unknown"
            continue
        found_kind, found = _own_form(evaluator, base)
        kind = found_kind if kind == "plain" else kind
        mutability = found if mutability == "unknown" else mutability
    if mutability == "unknown" and kind == "plain":
        mutability = "mutable"
    return kind, mutability


def _own_form(evaluator: Evaluator, scope: Scope) -> tuple[Form, Mutability]:
    """What the class itself says, without its bases."""
    for node, name in zip(scope.decorators, decorator_names(evaluator, scope), strict=True):
        arguments = node.args if isinstance(node, Call) else ()
        if name in DATACLASSES:
            return "dataclass", "frozen" if _is_true(arguments, "frozen") else "mutable"
        if name in ATTRS_FROZEN:
            return "attrs", "frozen"
        if name in ATTRS_MUTABLE:
            return "attrs", "frozen" if _is_true(arguments, "frozen") else "mutable"
    if _made_tuple(evaluator, scope) is not None:
        return "namedtuple", "frozen"
    if isinstance(scope.node, Class) and (_is_true(scope.node.bases, "frozen") or _configured(scope)):
        return "plain", "frozen"
    setter = scope.method("__setattr__")
    if setter is not None and any(isinstance(statement, Raise) for statement in setter.body):
        return "plain", "frozen"
    return "plain", "unknown"


def _made_tuple(evaluator: Evaluator, scope: Scope) -> Call | None:
    """The call by which the class derives from a tuple that it names on the spot: `NamedTuple("_Paid", [...])`."""
    for base in scope.node.bases if isinstance(scope.node, Class) else ():
        if isinstance(base.value, Call) and last_name(base.value.func).lower() == "namedtuple":
            names = hints.names(evaluator, base.value.func, Frame(scope.parent or scope))
            if any(FORM_BASES.get(name) == "namedtuple" for name in names):
                return base.value
    return None


def _tuple_fields(scope: Scope, call: Call) -> list[Field]:
    """The fields that such a call names, each alone or with its type."""
    listed = call.args[1].value if len(call.args) > 1 else None
    found: list[Field] = []
    for item in listed.items if isinstance(listed, Sequence) else ():
        name, kind = item, None
        if isinstance(item, Sequence) and len(item.items) == 2:
            name, kind = item.items
        if isinstance(name, Literal) and isinstance(name.value, str):
            place = scope.location(scope.span)
            found.append(
                Field(name.value, written(kind) if kind is not None else "", True, place, (), None, scope.dotted)
            )
    return found


def _is_true(arguments: tuple[Argument, ...], name: str) -> bool:
    return any(
        argument.keyword == name and isinstance(argument.value, Literal) and argument.value.value is True
        for argument in arguments
    )


def _configured(scope: Scope) -> bool:
    """Whether a pydantic configuration in the class body freezes it."""
    for binding in scope.bindings.get("model_config", ()):
        value = binding.value
        if isinstance(value, Call) and _is_true(value.args, "frozen"):
            return True
        if isinstance(value, Mapping):
            for pair in value.items:
                if isinstance(pair.key, Literal) and pair.key.value == "frozen":
                    return isinstance(pair.value, Literal) and pair.value.value is True
    for binding in scope.bindings.get("Config", ()):
        if binding.scope is not None:
            for name, wanted in (("frozen", True), ("allow_mutation", False)):
                for inner in binding.scope.bindings.get(name, ()):
                    if isinstance(inner.value, Literal) and inner.value.value is wanted:
                        return True
    return False


def fields(evaluator: Evaluator, scope: Scope) -> tuple[Field, ...]:
    """The fields of instances, inherited ones first, each in the version nearest to the class."""
    found: dict[str, Field] = {}
    for base in reversed([item for item in evaluator.classes.line(scope) if isinstance(item, Scope)]):
        for field in _own_fields(evaluator, base):
            found[field.name] = field
    return tuple(found.values())


def _own_fields(evaluator: Evaluator, scope: Scope) -> list[Field]:
    found = [
        _field(evaluator, scope, name, binding)
        for name, bindings in scope.bindings.items()
        for binding in bindings[-1:]
        if binding.kind == "value" and _is_field(name, binding)
    ]
    made = _made_tuple(evaluator, scope)
    return found or (_tuple_fields(scope, made) if made is not None else _constructor_fields(evaluator, scope))


def _is_field(name: str, binding: Binding) -> bool:
    if name.startswith("__") or name in ("model_config", "Config", "objects"):
        return False
    if binding.annotation is not None:
        return not any(last_name(part) == "ClassVar" for part in expressions(binding.annotation))
    return isinstance(binding.value, Call) and bool(
        binding.value.args
        or last_name(binding.value.func)[:1].isupper()
        or last_name(binding.value.func) in ("ib", "field", "attrib")
    )


def _field(evaluator: Evaluator, scope: Scope, name: str, binding: Binding) -> Field:
    span = binding.span or scope.span
    if binding.annotation is None:
        required = _is_demanded(evaluator, scope, binding.value)
        said = description(scope, name, binding)
        return Field(name, written(binding.value), required, scope.location(span), (), None, scope.dotted, said)
    names = hints.names(evaluator, binding.annotation, Frame(scope))
    return Field(
        name,
        written(binding.annotation),
        binding.value is None or _is_required(binding.value),
        scope.location(span),
        names,
        written(binding.value) if binding.value is not None else None,
        scope.dotted,
        description(scope, name, binding),
    )


def _is_demanded(evaluator: Evaluator, scope: Scope, value: Expression | None) -> bool:
    """Whether a field that a framework's call makes must be given: `String(required=True)`, `attr.ib()`."""
    given = {argument.keyword: argument.value for argument in value.args} if isinstance(value, Call) else {}
    stated = given.get("required")
    if isinstance(stated, Literal):
        return stated.value is True
    # Frameworks that make the class themselves ask for a field only where it says so.
    return not {"default", "factory"} & given.keys() and not evaluator.marked.get(scope, False)


def _is_required(value: Expression) -> bool:
    """`Field(...)` and `field()` without a default leave a field required."""
    if not isinstance(value, Call) or last_name(value.func) not in ("Field", "field", "ib"):
        return isinstance(value, Literal) and value.kind == "ellipsis"
    if any(argument.keyword in ("default", "default_factory", "factory") for argument in value.args):
        return False
    first = next((argument.value for argument in value.args if not argument.keyword), None)
    return first is None or (isinstance(first, Literal) and first.kind == "ellipsis")


def _constructor_fields(evaluator: Evaluator, scope: Scope) -> list[Field]:
    """For a plain class: the parameters of `__init__` that it keeps."""
    init = scope.method("__init__")
    if init is None or not isinstance(init.node, Function):
        return []
    kept = {name for name, bindings in scope.attributes.items() if any(method is init for _, method in bindings)}
    found: list[Field] = []
    for parameter in init.arguments():
        if parameter.star or (parameter.name not in kept and f"_{parameter.name}" not in kept):
            continue
        annotation = parameter.annotation
        names = hints.names(evaluator, annotation, Frame(scope)) if annotation is not None else ()
        found.append(
            Field(
                parameter.name,
                written(annotation),
                parameter.default is None,
                scope.location(init.span),
                names,
                written(parameter.default) if parameter.default is not None else None,
                scope.dotted,
                description(scope, parameter.name, None),
            )
        )
    return found


def type_strings(evaluator: Evaluator, scope: Scope) -> tuple[Text, ...]:
    """The strings by which the class calls its event: `event_type: str = "order.placed"`."""
    found: list[Text] = []
    for name in TYPE_FIELDS:
        for binding in scope.bindings.get(name, ())[-1:]:
            if binding.kind != "value":
                continue
            for expression in _defaults(binding):
                found.extend(
                    value
                    for value in evaluator.values(expression, Frame(scope))
                    if isinstance(value, Text) and value.is_known and "{}" not in value.value
                )
    return tuple(dict.fromkeys(found))


def _defaults(binding: Binding) -> list[Expression]:
    """The default of a field, or what `Literal["x"]` says."""
    value = binding.value
    if isinstance(value, Call) and last_name(value.func) in ("Field", "field", "ib"):
        given = [item.value for item in value.args if item.keyword == "default" or not item.keyword]
        return given[:1]
    if value is not None:
        return [value]
    annotation = binding.annotation
    if isinstance(annotation, Subscript) and last_name(annotation.value) == "Literal":
        return [] if isinstance(annotation.index, Sequence) else [annotation.index]
    return []


def written(node: Expression | None) -> str:
    """The expression about as it is written, for reports."""
    match node:
        case None:
            return ""
        case Name():
            return node.id
        case Attribute():
            return f"{written(node.value)}.{node.attr}"
        case Subscript():
            index = written(node.index)
            inside = index[1:-1] if isinstance(node.index, Sequence) and node.index.kind == "tuple" else index
            return f"{written(node.value)}[{inside}]"
        case Sequence():
            inner = ", ".join(written(item) for item in node.items)
            return f"[{inner}]" if node.kind == "list" else f"({inner})"
        case Operation():
            return f" {node.operator} ".join(written(operand) for operand in node.operands)
        case Literal(kind="none"):
            return "None"
        case Literal(kind="ellipsis"):
            return "..."
        case Literal():
            return repr(node.value) if node.kind in ("str", "bytes") else str(node.value)
        case Call():
            return f"{written(node.func)}({', '.join(_argument(item) for item in node.args)})"
        case Mapping():
            return "{…}" if node.items else "{}"
    return "…"


def _argument(argument: Argument) -> str:
    value = f"{argument.star}{written(argument.value)}"
    return f"{argument.keyword}={value}" if argument.keyword else value


__all__ = ["Assign", "decorator_names", "fields", "form", "type_strings", "written"]
