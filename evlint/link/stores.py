"""What the methods of a class, or the functions of a module, store in shared attributes and call out of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from evlint.link.scopes import Scope
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    Expression,
    For,
    Function,
    Mapping,
    Name,
    Operation,
    Return,
    Sequence,
    Starred,
    Subscript,
    Walrus,
)
from evlint.model.facts import Literal as LiteralNode

ADDERS = frozenset({"append", "add", "insert", "appendleft", "put", "put_nowait", "extend"})
GETTERS = frozenset({"get", "setdefault", "values", "items", "copy", "pop", "popleft", "keys", "get_nowait", "popitem"})
PASSERS = frozenset(
    {"list", "tuple", "set", "sorted", "reversed", "iter", "cast", "ref", "WeakMethod", "partial", "enumerate", "copy"}
)
RUNNERS = frozenset(
    {
        "call_soon",
        "call_soon_threadsafe",
        "call_later",
        "run_in_executor",
        "submit",
        "start_soon",
        "spawn",
        "to_thread",
        "Thread",
        "add_task",
        "apply_async",
        "run_coroutine_threadsafe",
        "add_job",
        "async_run_job",
        "async_run_hass_job",
        "async_add_job",
        "async_add_executor_job",
    }
)
HANDLING = frozenset({"handle", "on_event", "notify", "update", "process", "receive", "__call__", "handle_event"})
JUDGES = frozenset({"all", "any", "sum", "max", "min", "filter"})
KEY_FIELDS = frozenset({"type", "name", "topic", "event_type", "event_name", "kind", "event", "__class__", "channel"})


@dataclass(frozen=True, slots=True)
class Tag:
    """Where a value comes from: a parameter, or a shared attribute (itself, or something in it)."""

    kind: Literal["parameter", "attribute"]
    name: str
    looped: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """By what a container was asked: the parameter or queue attribute, and how it was looked at."""

    source: str
    how: Literal["itself", "type", "field"]


@dataclass(frozen=True, slots=True)
class Store:
    """A method stores its parameter `handler` in `attribute` under the parameter `key`."""

    attribute: str
    handler: str
    key: str = ""
    decorator: bool = False
    queue: bool = False


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A method calls what it takes out of `attribute`, with `arguments` (parameters, or queue attributes)."""

    attribute: str
    arguments: tuple[str, ...]
    key: Key | None
    fan_out: bool
    returned: bool
    looped_attribute: bool = False


@dataclass(slots=True)
class Summary:
    """What one function does with shared attributes; `calls` names the parameters that it calls with others."""

    function: Scope
    stores: list[Store] = field(default_factory=list)
    dispatches: list[Dispatch] = field(default_factory=list)
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    queued: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


class Reader:
    """Reads one method of a class (or function of a module, whose shared attributes are its globals)."""

    def __init__(self, function: Scope, shared: frozenset[str], known: dict[str, Summary]) -> None:
        self.function = function
        self.receiver = _receiver(function)
        self.shared = shared
        self.known = known
        self.summary = Summary(function)
        self.locals: dict[str, set[Tag]] = {}
        self.keys: dict[str, Key] = {}
        self.queues: set[str] = set()

    def read(self) -> Summary:
        for parameter in self.function.arguments():
            self.locals[parameter.name] = {Tag("parameter", parameter.name)}
        self._read(self.function, decorator=False)
        return self.summary

    def _read(self, function: Scope, *, decorator: bool) -> None:
        for statement in statements(function.body):
            if isinstance(statement, Function):
                inner = function.method(statement.name)
                if inner is not None:
                    for parameter in statement.parameters:
                        self.locals[parameter.name] = {Tag("parameter", parameter.name)}
                    self._read(inner, decorator=True)
                continue
            self._bind(statement)
            for head in heads(statement):
                if not isinstance(head, Name):
                    self._comprehensions(head)
            if isinstance(statement, Assign):
                self._assigned(statement, decorator)
            for head in heads(statement):
                self._calls(head, statement, decorator)

    def _bind(self, statement: object) -> None:
        if isinstance(statement, For):
            self._name(statement.target, self.tags(statement.iterable), looped=True)
            self._key_of(statement.target, statement.iterable)
        elif isinstance(statement, Assign) and statement.value is not None:
            tags = self.tags(statement.value)
            for target in statement.targets:
                self._name(target, tags, looped=False)
                self._key_of(target, statement.value)
                value = statement.value
                if isinstance(target, Name) and isinstance(value, Call) and last_name(value.func).endswith("Queue"):
                    self.queues.add(target.id)

    def _comprehensions(self, head: Expression) -> None:
        for node in expressions(head):
            if isinstance(node, Comprehension):
                for loop in node.generators:
                    self._name(loop.target, self.tags(loop.iterable), looped=True)
                    self._key_of(loop.target, loop.iterable)
            elif isinstance(node, Walrus):
                self._name(node.target, self.tags(node.value), looped=False)
                self._key_of(node.target, node.value)

    def _name(self, target: Expression, tags: set[Tag], *, looped: bool) -> None:
        if isinstance(target, Sequence):
            for item in target.items:
                self._name(item, tags, looped=looped)
        elif isinstance(target, Name):
            marked = {Tag(tag.kind, tag.name, tag.looped or looped) for tag in tags}
            self.locals[target.id] = self.locals.get(target.id, set()) | marked

    def _key_of(self, target: Expression, value: Expression) -> None:
        key = self.key(value)
        if key is not None and isinstance(target, Name):
            self.keys[target.id] = key

    def attribute(self, node: Expression) -> str:
        """The shared attribute that `node` is, if it is one."""
        if isinstance(node, Attribute) and isinstance(node.value, Name):
            owners = {self.receiver, self.function.owner.name if self.function.owner else "", "cls"}
            return node.attr if node.value.id in owners and node.value.id else ""
        return node.id if isinstance(node, Name) and node.id in self.shared and node.id not in self.locals else ""

    def tags(self, node: Expression) -> set[Tag]:
        """Where `node` comes from."""
        shared = self.attribute(node)
        if shared:
            return {Tag("attribute", shared)}
        match node:
            case Name():
                return self.locals.get(node.id, set())
            case Subscript(value=value) | Await(value=value) | Starred(value=value) | Walrus(value=value):
                return self.tags(value)
            case Attribute(value=value):
                return self.tags(value)
            case Call():
                return self._call_tags(node)
            case Sequence(items=parts) | Operation(operands=parts):
                return self._union(parts)
            case Conditional():
                return self.tags(node.body) | self.tags(node.orelse)
            case Mapping():
                return self._union(tuple(pair.value for pair in node.items))
            case Comprehension():
                return self._union(tuple(loop.iterable for loop in node.generators))
        return set()

    def _union(self, parts: tuple[Expression, ...]) -> set[Tag]:
        return {tag for part in parts for tag in self.tags(part)}

    def _call_tags(self, node: Call) -> set[Tag]:
        if isinstance(node.func, Attribute) and node.func.attr in GETTERS:
            return self.tags(node.func.value)
        if last_name(node.func) in PASSERS or last_name(node.func)[:1].isupper():
            return self._union(tuple(argument.value for argument in node.args))
        if isinstance(node.func, Name):
            return {tag for tag in self.locals.get(node.func.id, set()) if tag.kind == "attribute"}
        return set()

    def key(self, node: Expression) -> Key | None:
        """By what `node` asks a shared container, if it does."""
        for part in expressions(node):
            index: Expression | None = None
            if isinstance(part, Subscript) and self._is_shared(part.value):
                index = part.index
            elif (
                isinstance(part, Call)
                and isinstance(part.func, Attribute)
                and part.func.attr in ("get", "setdefault", "pop")
                and self._is_shared(part.func.value)
                and part.args
            ):
                index = part.args[0].value
            if index is not None:
                return self._describe(index)
            if isinstance(part, Name) and part.id in self.keys:
                return self.keys[part.id]
        return None

    def _is_shared(self, node: Expression) -> bool:
        return any(tag.kind == "attribute" for tag in self.tags(node))

    def _describe(self, index: Expression) -> Key | None:
        match index:
            case Call(func=Name(id="type")) if index.args:
                return self._keyed(index.args[0].value, "type")
            case Attribute(attr="__class__"):
                return self._keyed(index.value, "type")
            case Attribute() if index.attr in KEY_FIELDS or index.attr.endswith("type"):
                return self._describe_field(index.value)
            case Subscript(index=LiteralNode()):
                return self._keyed(index.value, "field")
            case Name() if index.id in self.keys:
                return self.keys[index.id]
            case Name():
                return self._keyed(index, "itself")
        return None

    def _describe_field(self, value: Expression) -> Key | None:
        inner = self._describe(value)
        return inner if inner is not None and inner.how == "type" else self._keyed(value, "field")

    def _keyed(self, node: Expression, how: Literal["itself", "type", "field"]) -> Key | None:
        if isinstance(node, Call) and isinstance(node.func, Name) and node.func.id == "type" and node.args:
            return self._keyed(node.args[0].value, "type")
        for tag in sorted(self.tags(node), key=lambda tag: (tag.kind, tag.name)):
            return Key(tag.name, how)
        return None

    def _assigned(self, statement: Assign, decorator: bool) -> None:
        if statement.value is None:
            return
        self._remember_type(statement)
        for target in statement.targets:
            if isinstance(target, Subscript):
                for shared in self._attributes(target.value):
                    self._store(shared, statement.value, target.index, decorator)

    def _remember_type(self, statement: Assign) -> None:
        """`kind = type(event)` and `kind = event.name` make `kind` a key."""
        described = self._describe(statement.value) if statement.value is not None else None
        if described is not None and described.how != "itself":
            for target in statement.targets:
                if isinstance(target, Name):
                    self.keys.setdefault(target.id, described)

    def _attributes(self, node: Expression) -> set[str]:
        return {tag.name for tag in self.tags(node) if tag.kind == "attribute"}

    def _store(self, shared: str, value: Expression, index: Expression | None, decorator: bool) -> None:
        key = self._describe(index) if index is not None else None
        handlers = {tag.name for tag in self.tags(value) if tag.kind == "parameter"}
        for handler in sorted(handlers):
            if key is None or handler != key.source:
                self.summary.stores.append(Store(shared, handler, key.source if key else "", decorator))
        if not handlers and isinstance(value, Name) and value.id in self.queues:
            self.summary.stores.append(Store(shared, value.id, key.source if key else "", decorator, queue=True))

    def _calls(self, head: Expression, statement: object, decorator: bool) -> None:
        judged = _judged(head)
        for node in expressions(head):
            if isinstance(node, Call):
                self._call(node, statement, decorator, judged=id(node) in judged)

    def _call(self, node: Call, statement: object, decorator: bool, *, judged: bool) -> None:
        func = node.func
        if isinstance(func, Attribute) and func.attr in ADDERS and node.args and self._is_container(func):
            self._added(func, node, decorator)
        helper = self._helper(func)
        if helper is not None:
            self._through(helper, node, decorator)
        arguments = self._parameters(node)
        returned = isinstance(statement, Return) and _is_result(statement.value, node)
        if judged or _feeds_itself(statement, node):
            return
        if isinstance(func, Name | Subscript) or (isinstance(func, Attribute) and func.attr == "__call__"):
            called = func.value if isinstance(func, Attribute) else func
            self._dispatch(called, arguments, returned)
        elif isinstance(func, Attribute) and self._hands_over(func):
            self._dispatch(func.value, arguments, returned, method=func.attr)
        if last_name(func) in RUNNERS:
            self._run(node, arguments, returned)
        if isinstance(func, Name) and any(tag.kind == "parameter" for tag in self.locals.get(func.id, ())):
            self.summary.calls[func.id] = arguments

    def _hands_over(self, func: Attribute) -> bool:
        """Whether a method gives something to what was taken out: a handler, or a subscriber's own queue."""
        if func.attr in ("put", "put_nowait"):
            return not self.attribute(func.value)
        return func.attr in HANDLING

    def _is_container(self, func: Attribute) -> bool:
        """A queue that is itself an element is no container of handlers."""
        return not func.attr.startswith("put") or bool(self.attribute(func.value))

    def _added(self, func: Attribute, node: Call, decorator: bool) -> None:
        container = func.value
        index = container.index if isinstance(container, Subscript) else None
        if isinstance(container, Call) and container.args:
            index = container.args[0].value
        if isinstance(container, Name) and container.id in self.keys and index is None:
            key = self.keys[container.id]
            index = Name(key.source, container.span)
        for shared in self._attributes(container):
            for argument in node.args:
                self._store(shared, argument.value, index, decorator)
        if func.attr in ("put", "put_nowait", "append", "appendleft") and self.attribute(container):
            names = tuple(name for argument in node.args for name in self._ordered(argument.value))
            if names:
                self.summary.queued.append((self.attribute(container), names))

    def _ordered(self, node: Expression) -> Iterator[str]:
        for part in node.items if isinstance(node, Sequence) else (node,):
            for tag in sorted(self.tags(part), key=lambda tag: tag.name):
                if tag.kind == "parameter":
                    yield tag.name

    def _helper(self, func: Expression) -> Summary | None:
        if isinstance(func, Attribute) and isinstance(func.value, Name) and func.value.id in (self.receiver, "cls"):
            return self.known.get(func.attr)
        return self.known.get(func.id) if isinstance(func, Name) and func.id not in self.locals else None

    def _through(self, helper: Summary, node: Call, decorator: bool) -> None:
        """What a call of another method of the same class stores and dispatches on the caller's behalf."""
        names = [parameter.name for parameter in helper.function.arguments()]
        given: dict[str, Expression] = {}
        for position, argument in enumerate(node.args):
            if argument.keyword:
                given[argument.keyword] = argument.value
            elif position < len(names):
                given[names[position]] = argument.value
        for store in helper.stores:
            value = given.get(store.handler)
            if value is not None:
                self._store(store.attribute, value, given.get(store.key), decorator or store.decorator)
        for called, others in helper.calls.items():
            value = given.get(called)
            if value is not None:
                arguments = tuple(name for other in others if other in given for name in self._names(given[other]))
                self._dispatch(value, arguments, returned=False)
        for dispatch in helper.dispatches:
            self._relayed(dispatch, given)

    def _relayed(self, dispatch: Dispatch, given: dict[str, Expression]) -> None:
        arguments = tuple(name for item in dispatch.arguments if item in given for name in self._names(given[item]))
        key = dispatch.key
        if key is not None and key.source in given:
            described = self._describe(given[key.source])
            if described is not None:
                key = Key(described.source, described.how if key.how == "itself" else key.how)
        if arguments:
            self.summary.dispatches.append(
                Dispatch(dispatch.attribute, arguments, key, dispatch.fan_out, dispatch.returned)
            )

    def _names(self, node: Expression) -> tuple[str, ...]:
        return tuple(sorted({tag.name for tag in self.tags(node)}))

    def _parameters(self, node: Call) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for argument in node.args:
            for tag in sorted(self.tags(argument.value), key=lambda tag: tag.name):
                found[tag.name] = None
        return tuple(found)

    def _dispatch(self, called: Expression, arguments: tuple[str, ...], returned: bool, method: str = "") -> None:
        for tag in self.tags(called):
            if tag.kind != "attribute" or (self.attribute(called) and not isinstance(called, Subscript)):
                continue
            passed = tuple(name for name in arguments if name != tag.name)
            if method and method not in ("put", "put_nowait") and not is_handlers(tag.name):
                continue
            key = self.key(called)
            if passed:
                self.summary.dispatches.append(Dispatch(tag.name, passed, key, tag.looped, returned))

    def _run(self, node: Call, arguments: tuple[str, ...], returned: bool) -> None:
        for argument in node.args:
            if isinstance(argument.value, Name):
                self._dispatch(argument.value, arguments, returned)


def is_handlers(name: str) -> bool:
    """Whether a variable is named like a collection of handlers."""
    lowered = name.lower()
    return any(
        word in lowered
        for word in ("handler", "subscri", "listener", "observer", "receiver", "callback", "subs", "consumer", "hooks")
    )


def _receiver(function: Scope) -> str:
    if function.owner is None or function.is_static() or not function.parameters:
        return ""
    return function.parameters[0].name


def _judged(head: Expression) -> set[int]:
    """The calls whose results are judged or collected rather than dropped: predicates, filters, pipelines."""
    found: set[int] = set()
    for node in expressions(head):
        if isinstance(node, Call) and last_name(node.func) in JUDGES:
            found.update(id(part) for part in expressions(node) if part is not node)
        elif isinstance(node, Comprehension):
            for loop in node.generators:
                for condition in loop.conditions:
                    found.update(id(part) for part in expressions(condition))
    return found


def _feeds_itself(statement: object, node: Call) -> bool:
    """`x = step(x)`: a pipeline, not a dispatch."""
    if not isinstance(statement, Assign) or statement.value is None:
        return False
    value = statement.value.value if isinstance(statement.value, Await) else statement.value
    if value is not node:
        return False
    targets = {target.id for target in statement.targets if isinstance(target, Name)}
    return any(isinstance(argument.value, Name) and argument.value.id in targets for argument in node.args)


def _is_result(value: Expression | None, node: Call) -> bool:
    while isinstance(value, Await):
        value = value.value
    return value is node


__all__ = ["Dispatch", "Key", "Reader", "Store", "Summary", "Tag", "is_handlers"]
