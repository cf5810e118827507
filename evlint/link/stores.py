"""What the methods of a class, or the functions of a module, store in shared attributes and call out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from evlint.link.scopes import Scope
from evlint.link.tagging import Key, Tag, Tagger
from evlint.link.walk import expressions, heads, last_name, statements
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Comprehension,
    Expression,
    Function,
    If,
    Name,
    Return,
    Sequence,
    Subscript,
    While,
)

ADDERS = frozenset({"append", "add", "insert", "appendleft", "put", "put_nowait", "extend"})
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
# What a record of a subscription calls its handler.
CALLED = re.compile(
    r"^_*(?:handler|callback|listener|subscriber|receiver|consumer|func|function|fn|cb|coro|coroutine|action|target|slot)"
    r"(?:_?(?:func|fn|ref|method))?$"
)
# What it calls the event that it is for.
KEYED = re.compile(
    r"^(?:event_?)?(?:pattern|topic|type|name|kind|key|channel|subject|signal|event|cls|class|class_|type_)$"
)
JUDGES = frozenset({"all", "any", "sum", "max", "min", "filter"})


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
    tested: bool = False

    @property
    def weakness(self) -> tuple[bool, bool]:
        """Sorts calls of handlers, by key, before those of filters."""
        return self.tested, self.key is None


@dataclass(slots=True)
class Summary:
    """What one function does with shared attributes.

    `calls` names the parameters that it calls with others, `gives` what its result is taken out of, and by which key.
    """

    function: Scope
    stores: list[Store] = field(default_factory=list)
    dispatches: list[Dispatch] = field(default_factory=list)
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    queued: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    gives: dict[str, Key | None] = field(default_factory=dict)


class Reader(Tagger):
    """Reads what one function stores and calls; `known` are the summaries of the functions beside it."""

    def __init__(self, function: Scope, shared: frozenset[str], known: dict[str, Summary]) -> None:
        super().__init__(function, shared)
        self.known = known
        self.summary = Summary(function)
        self.tested = False

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
            self.bind(statement)
            for head in heads(statement):
                if not isinstance(head, Name):
                    self.bind_comprehensions(head)
            if isinstance(statement, Assign):
                self._assigned(statement, decorator)
            for head in heads(statement):
                self._calls(head, statement, decorator)
            if isinstance(statement, Return) and statement.value is not None:
                self._given(statement.value)

    def _given(self, value: Expression) -> None:
        for tag in self.tags(value):
            if tag.kind == "attribute":
                self.summary.gives.setdefault(tag.name, self.key(value))

    def _assigned(self, statement: Assign, decorator: bool) -> None:
        if statement.value is None:
            return
        self.remember_type(statement)
        for target in statement.targets:
            if isinstance(target, Subscript):
                for shared in self.attributes(target.value):
                    self._store(shared, statement.value, target.index, decorator)

    def _store(self, shared: str, value: Expression, index: Expression | None, decorator: bool) -> None:
        key = self.describe(index) if index is not None else None
        handlers = {tag.name for tag in self.tags(value) if tag.kind == "parameter"}
        # A record may hold what it is for beside the handler.
        own = next((name for name in sorted(handlers) if KEYED.match(name)), "") if len(handlers) > 1 else ""
        source = key.source if key else own
        for handler in sorted(handlers):
            if handler != source:
                self.summary.stores.append(Store(shared, handler, source, decorator))
        if not handlers and isinstance(value, Name) and value.id in self.queues:
            self.summary.stores.append(Store(shared, value.id, key.source if key else "", decorator, queue=True))

    def _calls(self, head: Expression, statement: object, decorator: bool) -> None:
        judged = _judged(head)
        self.tested = isinstance(statement, If | While)
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
        elif isinstance(func, Attribute) and CALLED.match(func.attr) and isinstance(func.value, Name):
            self._dispatch(func.value, arguments, returned)
        elif isinstance(func, Attribute) and self._hands_over(func):
            self._dispatch(func.value, arguments, returned, method=func.attr)
        if last_name(func) in RUNNERS:
            self._run(node, arguments, returned)
        called = func.value if isinstance(func, Attribute) and CALLED.match(func.attr) else func
        if isinstance(called, Name) and any(tag.kind == "parameter" for tag in self.locals.get(called.id, ())):
            self.summary.calls[called.id] = tuple(name for name in arguments if name != called.id)

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
        for shared in self.attributes(container):
            for argument in node.args:
                self._store(shared, argument.value, index, decorator)
        if isinstance(container, Name) and not self.attribute(container):
            self._collected(container.id, node)
        if func.attr in ("put", "put_nowait", "append", "appendleft") and self.attribute(container):
            names = tuple(name for argument in node.args for name in self._ordered(argument.value))
            if names:
                self.summary.queued.append((self.attribute(container), names))

    def _collected(self, name: str, node: Call) -> None:
        """A local list has what is put into it."""
        for argument in node.args:
            tags = {tag for tag in self.tags(argument.value) if tag.kind == "attribute"}
            if tags:
                self.locals[name] = self.locals.get(name, set()) | tags
                self._key_of(Name(name, node.span), argument.value)

    def _ordered(self, node: Expression) -> Iterator[str]:
        for part in node.items if isinstance(node, Sequence) else (node,):
            for tag in sorted(self.tags(part), key=lambda tag: tag.name):
                if tag.kind == "parameter":
                    yield tag.name

    def _helper(self, func: Expression) -> Summary | None:
        if isinstance(func, Attribute) and isinstance(func.value, Name) and func.value.id in (self.receiver, "cls"):
            return self.known.get(func.attr)
        return self.known.get(func.id) if isinstance(func, Name) and func.id not in self.locals else None

    def _call_tags(self, node: Call) -> set[Tag]:
        helper = self._helper(node.func)
        if helper is not None and helper.gives:
            return {Tag("attribute", name) for name in helper.gives}
        return super()._call_tags(node)

    def key(self, node: Expression) -> Key | None:
        helper = self._helper(node.func) if isinstance(node, Call) else None
        if helper is None or not helper.gives or not isinstance(node, Call):
            return super().key(node)
        key = next((item for item in helper.gives.values() if item is not None), None)
        given = _arguments(helper.function, node)
        described = self.describe(given[key.source]) if key is not None and key.source in given else None
        return (
            described
            if key is not None and key.how == "itself"
            else replace(key, source=described.source)
            if (key is not None and described is not None)
            else None
        )

    def _through(self, helper: Summary, node: Call, decorator: bool) -> None:
        """What a call of another method of the same class stores and dispatches on the caller's behalf."""
        given = _arguments(helper.function, node)
        for store in helper.stores:
            value = given.get(store.handler)
            if value is not None:
                self._store(store.attribute, value, given.get(store.key), decorator or store.decorator)
        for called, others in helper.calls.items():
            value = given.get(called)
            if value is not None:
                arguments = tuple(name for other in others if other in given for name in self.names(given[other]))
                self._dispatch(value, arguments, returned=False)
        for dispatch in helper.dispatches:
            self._relayed(dispatch, given)
        for queue, parts in helper.queued:
            passed = tuple(name for part in parts if part in given for name in self._ordered(given[part]))
            if passed:
                self.summary.queued.append((queue, passed))

    def _relayed(self, dispatch: Dispatch, given: dict[str, Expression]) -> None:
        arguments = tuple(name for item in dispatch.arguments if item in given for name in self.names(given[item]))
        key = dispatch.key
        if key is not None and key.source in given:
            described = self.describe(given[key.source])
            if described is not None:
                key = described if key.how == "itself" else replace(key, source=described.source)
        if arguments:
            self.summary.dispatches.append(
                Dispatch(dispatch.attribute, arguments, key, dispatch.fan_out, dispatch.returned)
            )

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
                self.summary.dispatches.append(Dispatch(tag.name, passed, key, tag.looped, returned, self.tested))

    def _run(self, node: Call, arguments: tuple[str, ...], returned: bool) -> None:
        for argument in node.args:
            if isinstance(argument.value, Name):
                self._dispatch(argument.value, arguments, returned)


def _arguments(function: Scope, node: Call) -> dict[str, Expression]:
    """What a call gives the parameters of a function."""
    names = [parameter.name for parameter in function.arguments()]
    given: dict[str, Expression] = {}
    for position, argument in enumerate(node.args):
        if argument.keyword:
            given[argument.keyword] = argument.value
        elif position < len(names):
            given[names[position]] = argument.value
    return given


def is_handlers(name: str) -> bool:
    """Whether a variable is named like a collection of handlers."""
    lowered = name.lower()
    return any(
        word in lowered
        for word in ("handler", "subscri", "listener", "observer", "receiver", "callback", "subs", "consumer", "hooks")
    )


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
