"""What a call, a subscript or a `with` may yield."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from evlint.link import hints, texts
from evlint.link.arguments import bind
from evlint.link.scopes import Scope
from evlint.link.values import (
    ClassObject,
    ExternalObject,
    Frame,
    FunctionObject,
    Instance,
    Items,
    ModuleObject,
    Table,
    Text,
    Value,
)
from evlint.model.facts import Attribute, Call, Expression, Literal, Name, Operation, Other, Sequence, Subscript

if TYPE_CHECKING:
    from evlint.link.evaluate import Evaluator

# Calls that give back (an element of) an argument; the position of that argument.
IDENTITIES: Mapping[str, int] = {
    "typing.cast": 1,
    "copy.copy": 0,
    "copy.deepcopy": 0,
    "builtins.list": 0,
    "builtins.tuple": 0,
    "builtins.set": 0,
    "builtins.frozenset": 0,
    "builtins.sorted": 0,
    "builtins.reversed": 0,
    "builtins.iter": 0,
    "builtins.next": 0,
    "builtins.str": 0,
    "builtins.bytes": 0,
    "functools.partial": 0,
    "dataclasses.replace": 0,
    "weakref.ref": 0,
    "weakref.WeakMethod": 0,
    "asyncio.create_task": 0,
    "asyncio.ensure_future": 0,
    "homeassistant.core.callback": 0,
    "asgiref.sync.sync_to_async": 0,
    "asgiref.sync.async_to_sync": 0,
}
ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "decouple.config", "environs.Env.str", "environs.env.str"})
# Objects that are called to read a setting.
READERS = frozenset({"starlette.config.Config", "decouple.Config", "decouple.AutoConfig", "environs.Env"})
INJECTORS = frozenset({"Depends", "Provide", "TaskiqDepends", "Security", "Inject"})
# Calls of a dependency-injection container that make what their arguments are.
COLLECTIONS = frozenset({"dependency_injector.providers.Dict", "dependency_injector.providers.List"})
PROVIDERS = frozenset({"Singleton", "Factory", "Resource", "Object", "ThreadSafeSingleton", "ContextLocalSingleton"})
CONSTRUCTORS = re.compile(r"_*(?:create|new|from|build|make|construct|default|empty|of|parse|model_validate)(?:_|$)")
UNCHANGED = frozenset({"strip", "encode", "decode", "lstrip", "rstrip"})


def of_call(evaluator: Evaluator, node: Call, frame: Frame) -> tuple[Value, ...]:
    """The values that calling may give."""
    if isinstance(node.func, Attribute):
        text = _text_method(evaluator, node, node.func, frame)
        if text is not None:
            return (text,)
    found: list[Value] = []
    for value in evaluator.values(node.func, frame):
        found.extend(_called(evaluator, value, node, frame))
    if not found and isinstance(node.func, Attribute):
        found.extend(_method_of_typed(evaluator, node.func, node, frame))
        found = found or list(_constructed(evaluator, node.func, frame))
    return tuple(found)


def _constructed(evaluator: Evaluator, func: Attribute, frame: Frame) -> tuple[Value, ...]:
    """An inherited factory method of a class, as `Order.create_new()`, makes an instance of it."""
    if not CONSTRUCTORS.match(func.attr):
        return ()
    return tuple(
        Instance(value.scope) for value in evaluator.values(func.value, frame) if isinstance(value, ClassObject)
    )


def _called(evaluator: Evaluator, value: Value, node: Call, frame: Frame) -> tuple[Value, ...]:
    match value:
        case ClassObject():
            return _text_made(evaluator, value, node, frame) or (Instance(value.scope, node, frame),)
        case FunctionObject():
            return returned(evaluator, value, node, frame)
        case ExternalObject():
            return _external(evaluator, value.name, node, frame)
        case Instance(type=str() as external):
            if provides(value):
                return provided(evaluator, value)
            if isinstance(node.func, Attribute):
                return _method_of_typed(evaluator, node.func, node, frame) or (Instance(external, node, frame),)
            if external in READERS:
                return _from_environment(evaluator, node, frame)
        case Table():
            return (value,)
    return ()


def _text_made(evaluator: Evaluator, made: ClassObject, node: Call, frame: Frame) -> tuple[Value, ...]:
    """`Topic("orders")` is its text, where Topic is a subclass of str."""
    if len(node.args) != 1 or "builtins.str" not in evaluator.classes.names(made.scope):
        return ()
    return tuple(value for value in evaluator.values(node.args[0].value, frame) if isinstance(value, Text))


def provides(value: Value) -> bool:
    """Whether a value is a provider of a dependency-injection container."""
    return isinstance(value, Instance) and isinstance(value.type, str) and value.type.rpartition(".")[2] in PROVIDERS


def provided(evaluator: Evaluator, provider: Instance) -> tuple[Value, ...]:
    """What a provider of a dependency-injection container gives."""
    if provider.call is None or provider.frame is None or not provider.call.args:
        return ()
    made = evaluator.values(provider.call.args[0].value, provider.frame)
    return tuple(Instance(value.scope) if isinstance(value, ClassObject) else value for value in made)


def _method_of_typed(evaluator: Evaluator, func: Attribute, node: Call, frame: Frame) -> tuple[Value, ...]:
    """What a dialect says that the method of a receiver returns."""
    found: list[Value] = []
    for receiver in evaluator.values(func.value, frame):
        if isinstance(receiver, Instance | FunctionObject):
            found.extend(evaluator.vocabulary.returned(receiver, func.attr, node, frame, evaluator))
    return tuple(found)


def _external(evaluator: Evaluator, name: str, node: Call, frame: Frame) -> tuple[Value, ...]:
    position = IDENTITIES.get(name)
    if position is not None:
        positional = [argument.value for argument in node.args if not argument.keyword and not argument.star]
        return evaluator.values(positional[position], frame) if position < len(positional) else ()
    if name in COLLECTIONS:
        return _collected(evaluator, node, frame)
    if name in ENVIRONMENT:
        return _from_environment(evaluator, node, frame)
    if name.rpartition(".")[2] in INJECTORS:
        return injected(evaluator, node, frame)
    if name == "builtins.type" and len(node.args) == 1:
        return _classes(evaluator.values(node.args[0].value, frame))
    if name == "builtins.super":
        return _super(evaluator, frame)
    known = evaluator.vocabulary.made(name, node, frame, evaluator)
    return known or (Instance(name, node, frame),)


def _collected(evaluator: Evaluator, node: Call, frame: Frame) -> tuple[Value, ...]:
    """The dict that is given to a provider of dicts, or the list of all that is given to one of lists."""
    items = tuple(argument.value for argument in node.args if not argument.keyword and not argument.star)
    if len(items) == 1:
        tables = tuple(value for value in evaluator.values(items[0], frame) if isinstance(value, Table))
        if tables:
            return tables
    return (Items(Sequence("list", items, node.span), frame),)


def _classes(values: Iterable[Value]) -> tuple[Value, ...]:
    """What was made here is of its class; what is only annotated may be of one derived from it."""
    made = (value for value in values if isinstance(value, Instance) and value.call is not None)
    return tuple(ClassObject(value.type) for value in made if isinstance(value.type, Scope))


def _from_environment(evaluator: Evaluator, node: Call, frame: Frame) -> tuple[Value, ...]:
    """A setting: its default, or without one the variable by which everybody knows it."""
    given = [argument.value for argument in node.args if argument.keyword in ("", "default")]
    defaults = [value for part in given[1:] for value in evaluator.values(part, frame) if isinstance(value, Text)]
    if defaults or not given:
        return tuple(defaults)
    return variable(given[0])


def variable(name: Expression) -> tuple[Value, ...]:
    """A value that only the environment knows, by the name of the variable that holds it."""
    if not isinstance(name, Literal) or not isinstance(name.value, str):
        return ()
    return (Text(name.value, f"environ.{name.value}"),)


def _super(evaluator: Evaluator, frame: Frame) -> tuple[Value, ...]:
    scope: Scope | None = frame.scope
    while scope is not None and scope.kind != "class":
        scope = scope.parent
    if scope is None:
        return ()
    return tuple(Instance(base) for base in evaluator.classes.bases(scope))


def returned(evaluator: Evaluator, value: FunctionObject, node: Call | None, frame: Frame) -> tuple[Value, ...]:
    """What a function of the program returns: by its return statements, else by its annotation."""
    function = value.scope
    if frame.depth > 12:
        return ()
    arguments = {} if node is None else bind(function, node, frame, bound=value.receiver is not None)
    inner = Frame(function, function, arguments, depth=frame.depth + 2)
    found: list[Value] = []
    for expression in function.returns:
        found.extend(evaluator.values(expression, inner))
    plain = Text | Items | Table | ClassObject | FunctionObject
    useful = [item for item in found if isinstance(item, plain) or (isinstance(item, Instance) and not item.parameter)]
    annotation = getattr(function.node, "returns", None)
    if annotation is not None and not useful:
        here = Frame(function.parent or function, depth=frame.depth + 1)
        return hints.instances(evaluator, annotation, here)
    return tuple(useful)


def injected(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Value, ...]:
    """The value of a parameter's default: what `Depends(f)` or `Provide[C.x]` gives, or the default itself."""
    if isinstance(node, Subscript) and isinstance(node.value, Name | Attribute):
        return tuple(
            item
            for value in evaluator.values(node.index, frame)
            if isinstance(value, Instance)
            for item in provided(evaluator, value)
        )
    if not isinstance(node, Call):
        return () if isinstance(node, Literal) else evaluator.values(node, frame)
    name = node.func.attr if isinstance(node.func, Attribute) else getattr(node.func, "id", "")
    if name not in INJECTORS or not node.args:
        return evaluator.values(node, frame)
    found: list[Value] = []
    for value in evaluator.values(node.args[0].value, frame):
        if isinstance(value, FunctionObject):
            found.extend(returned(evaluator, value, None, frame))
        elif isinstance(value, ClassObject):
            found.append(Instance(value.scope))
    return tuple(found)


def entered(evaluator: Evaluator, node: Expression, frame: Frame) -> tuple[Value, ...]:
    """What `with node as name` binds: what `__enter__` says, else the value itself."""
    found: list[Value] = []
    for value in evaluator.values(node, frame):
        if isinstance(value, Instance) and isinstance(value.type, Scope):
            enter = evaluator.classes.method(value.type, "__aenter__") or evaluator.classes.method(
                value.type, "__enter__"
            )
            annotated = returned(evaluator, FunctionObject(enter, value), None, frame) if enter is not None else ()
            found.extend(annotated or (value,))
        else:
            found.append(value)
    return tuple(found)


def of_subscript(evaluator: Evaluator, node: Subscript, frame: Frame) -> tuple[Value, ...]:
    """An item of a literal, or the class of a generic alias."""
    found: list[Value] = []
    for value in evaluator.values(node.value, frame):
        match value:
            case Table() | Items() if isinstance(node.index, Other):
                # A part of it.
                found.append(value)
            case Table():
                found.extend(_looked_up(evaluator, value, node.index, frame))
            case Items() if isinstance(node.index, Literal) and isinstance(node.index.value, int):
                items = value.node.items
                if -len(items) <= node.index.value < len(items):
                    found.extend(evaluator.values(items[node.index.value], value.frame))
            case Text() if isinstance(node.index, Other) and texts.HOLE in value.value:
                # Cut to a length that the parts' unknown lengths decide.
                found.append(value)
            case ClassObject() if evaluator.classes.is_enum(value.scope):
                continue
            case ExternalObject(name="os.environ"):
                found.extend(variable(node.index))
            case ClassObject() | ExternalObject():
                found.append(value)
            case Instance(type=str() as external):
                found.append(Instance(f"{external}[]"))
            case ModuleObject() | FunctionObject():
                continue
    return tuple(found)


def _looked_up(evaluator: Evaluator, table: Table, index: Expression, frame: Frame) -> tuple[Value, ...]:
    wanted = {value.value for value in evaluator.values(index, frame) if isinstance(value, Text)}
    found: list[Value] = []
    for pair in table.node.items:
        if pair.key is None:
            continue
        keys = {value.value for value in evaluator.values(pair.key, table.frame) if isinstance(value, Text)}
        if not wanted or keys & wanted:
            found.extend(evaluator.values(pair.value, table.frame))
    return tuple(found)


def _text_method(evaluator: Evaluator, node: Call, func: Attribute, frame: Frame) -> Text | None:
    if func.attr not in ("format", "lower", "upper", "replace") and func.attr not in UNCHANGED:
        return None
    text = texts.one_text(evaluator, func.value, frame)
    if text is None:
        return None
    match func.attr:
        case "format":
            return Text(texts.filled(evaluator, text.value, node, frame))
        case "lower":
            return Text(text.value.lower(), text.symbol, text.location)
        case "upper":
            return Text(text.value.upper(), text.symbol, text.location)
        case "replace":
            return _replaced(evaluator, text, node, frame)
    return text


def _replaced(evaluator: Evaluator, text: Text, node: Call, frame: Frame) -> Text:
    parts = [texts.one_text(evaluator, argument.value, frame) for argument in node.args[:2]]
    if len(node.args) != 2 or None in parts:
        return Text(texts.HOLE)
    old, new = (part.value for part in parts if part is not None)
    return Text(text.value.replace(old, new))


def interpolated(evaluator: Evaluator, node: Operation, frame: Frame) -> tuple[Value, ...]:
    """`"template" % values`."""
    text = texts.one_text(evaluator, node.operands[0], frame)
    return (Text(texts.percent_template(text.value)),) if text is not None else ()
