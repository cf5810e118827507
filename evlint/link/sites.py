"""Every call and decorator of the program by the name that it ends in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from evlint.link.arguments import keyword
from evlint.link.evaluate import Evaluator
from evlint.link.family import Family
from evlint.link.handing import keepers
from evlint.link.scopes import Module, Scope, Site
from evlint.link.values import Frame, FunctionObject, Instance, ModuleObject, Unbound
from evlint.link.walk import last_name
from evlint.model.facts import Argument, Attribute, Call, Conditional, Expression, Sequence
from evlint.words.identifiers import split

# Calls that run the function handed to them with the arguments that follow it.
RUNNERS = frozenset(
    "run_in_threadpool run_in_executor to_thread create_task ensure_future submit apply_async call_soon call_later"
    " call_soon_threadsafe start_soon spawn add_task run_sync partial Thread Timer Process sync_to_async async_to_sync"
    " async_add_executor_job add_job async_create_task on_commit run_coroutine_threadsafe".split()
)
ADAPTERS = frozenset({"async_to_sync", "sync_to_async"})
PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol", "abc.ABC"})
# What a bus is called by those who use it, whatever its class is called.
SYNONYMS = frozenset({"bus", "dispatcher", "emitter", "mediator", "publisher"})


@dataclass(frozen=True, slots=True, eq=False)
class Decoration:
    """A decorator of a function or class: a call, or a bare name."""

    node: Expression
    target: Scope

    @property
    def callee(self) -> Expression:
        return self.node.func if isinstance(self.node, Call) else self.node

    @property
    def frame(self) -> Frame:
        return Frame(self.target.parent or self.target)


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """A call of a function of the program; `known` says that the receiver's type proves it."""

    site: Site
    known: bool
    bound: bool


class Sites:
    """An index of the calls and decorators of all modules.

    `decorated` gives what a decorator, by its identity, stands at; `applied` the call of what a call returned:
    `bus.on(Paid)(send)`.
    """

    def __init__(self, modules: Iterable[Module], evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.modules = tuple(modules)
        self.scopes: list[Scope] = [scope for module in self.modules for scope in module.all_scopes()]
        self._calls: dict[str, list[Site]] = {}
        self._handed: dict[str, list[Site]] = {}
        self._decorations: dict[str, list[Decoration]] = {}
        self.decorated: dict[int, Scope] = {}
        self.applied: dict[int, Site] = {}
        for scope in self.scopes:
            for site in map(_unwrapped, scope.sites):
                self._calls.setdefault(scope.last_name(site.call.func), []).append(site)
                if isinstance(site.call.func, Call):
                    self.applied[id(site.call.func)] = site
                if scope.last_name(site.call.func) in RUNNERS:
                    self._hand(site)
            for node in scope.decorators:
                decoration = Decoration(node, scope)
                self._decorations.setdefault(scope.last_name(decoration.callee), []).append(decoration)
                self.decorated[id(node)] = scope

    def _hand(self, site: Site) -> None:
        """Record `run(function, argument)` as a call of the function."""
        for call in handed(site.call):
            self._handed.setdefault(last_name(call.func), []).append(Site(call, site.scope, "passed"))

    @cached_property
    def family(self) -> Family:
        return Family(self.evaluator.classes, self.scopes)

    def calls(self, name: str) -> list[Site]:
        return self._calls.get(name, [])

    def calls_matching(self, pattern: re.Pattern[str]) -> Iterator[Site]:
        """The calls whose callee ends in a name that matches."""
        for name, sites in self._calls.items():
            if pattern.match(name):
                yield from sites

    def all_calls(self) -> Iterator[Site]:
        for sites in self._calls.values():
            yield from sites

    def decorations(self, name: str) -> list[Decoration]:
        return self._decorations.get(name, [])

    def all_decorations(self) -> Iterator[Decoration]:
        for decorations in self._decorations.values():
            yield from decorations

    def names_of(self, makers: frozenset[str]) -> set[str]:
        """The names of what is made by a call, or a function decorated with one, whose name ends in one of `makers`."""
        found = {item.target.name for name in makers for item in self.decorations(name)}
        for scope in self.scopes:
            shared = ((name, binding) for name, pairs in scope.attributes.items() for binding, _ in pairs)
            own = ((name, binding) for name, bindings in scope.bindings.items() for binding in bindings)
            for name, binding in (*shared, *own):
                if isinstance(binding.value, Call) and scope.last_name(binding.value.func) in makers:
                    found.add(name)
        return found

    def callers(self, function: Scope) -> Iterator[Caller]:
        """The calls of `function`, also through a base class or protocol that it implements, or under another name."""
        name = self._call_name(function)
        for site in (*self.calls(name), *self._handed.get(name, ())):
            if site.scope.function() is not function:
                known = self._calls_it(site, function)
                if known is not None:
                    yield Caller(site, *known)
        if function.owner is not None:
            yield from self._kept(function)
        for alias in sorted(self._aliases.get(name, set()) if function.owner is not None else ()):
            for site in self.calls(alias):
                if self._is_alias(site, function):
                    yield Caller(site, known=True, bound=True)

    def _kept(self, function: Scope) -> Iterator[Caller]:
        """The calls of a method by objects that it was handed to."""
        for site in self._passed.get(function.name, ()):
            for owner, name in keepers(self.evaluator, site, function):
                for call in self.calls(name):
                    if isinstance(call.call.func, Attribute) and self._is_instance(call.call.func.value, call, owner):
                        yield Caller(call, known=True, bound=True)

    def _is_instance(self, node: Expression, site: Site, owner: Scope) -> bool:
        return any(
            isinstance(value, Instance)
            and isinstance(value.type, Scope)
            and owner in self.evaluator.classes.line(value.type)
            for value in self.evaluator.values(node, Frame(site.scope))
        )

    @cached_property
    def _passed(self) -> dict[str, list[Site]]:
        """The calls that are given methods, by the names of those."""
        found: dict[str, list[Site]] = {}
        for scope in self.scopes:
            for site in scope.sites:
                for argument in site.call.args:
                    if isinstance(argument.value, Attribute):
                        found.setdefault(argument.value.attr, []).append(site)
        return found

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:
        """The names that methods are kept under: `tell = order_placed.send`."""
        found: dict[str, set[str]] = {}
        for scope in self.scopes:
            kept = [(name, binding) for name, pairs in scope.attributes.items() for binding, _ in pairs]
            kept += [(name, binding) for name, bindings in scope.bindings.items() for binding in bindings]
            for name, binding in kept:
                value = binding.value.body if isinstance(binding.value, Conditional) else binding.value
                if binding.kind == "value" and isinstance(value, Attribute) and value.attr != name:
                    found.setdefault(value.attr, set()).add(name)
        return found

    def _is_alias(self, site: Site, function: Scope) -> bool:
        values = self.evaluator.values(site.call.func, Frame(site.scope))
        return any(isinstance(value, FunctionObject) and self.implements(function, value.scope) for value in values)

    @staticmethod
    def _call_name(function: Scope) -> str:
        if function.owner is not None and function.name == "__init__":
            return function.owner.name
        return function.name

    def _calls_it(self, site: Site, function: Scope) -> tuple[bool, bool] | None:
        frame = Frame(site.scope)
        values = self.evaluator.values(site.call.func, frame)
        for value in values:
            if isinstance(value, FunctionObject) and self.implements(function, value.scope):
                return True, value.receiver is not None
        if function.owner is None or not isinstance(site.call.func, Attribute):
            return None
        if any(isinstance(value, FunctionObject | ModuleObject) for value in values):
            return None
        receiver = site.call.func.value
        found = self.evaluator.values(receiver, frame)
        if any(isinstance(value, Instance) and isinstance(value.type, Scope) for value in found):
            return None
        if found and not all(isinstance(value, Unbound) for value in found):
            return None
        told = _sounds_like(last_name(receiver), function.owner.name) or self._is_only(function)
        return (False, True) if told else None

    def _is_only(self, function: Scope) -> bool:
        """Whether no other function of the program has this name, which is none that objects have in common."""
        return "_" in function.name.strip("_") and self._definitions.get(function.name, 0) == 1

    @cached_property
    def _definitions(self) -> Counter[str]:
        return Counter(scope.name for scope in self.scopes if scope.kind == "function")

    def implements(self, function: Scope, called: Scope) -> bool:
        """Whether a call that resolves to `called` may run `function`."""
        if function is called:
            return True
        owner, other = function.owner, called.owner
        if owner is None or other is None or function.name != called.name:
            return False
        if self.evaluator.classes.derives(owner, other):
            return True
        bases = self.evaluator.classes.line(other)
        return any(base in PROTOCOLS for base in bases if isinstance(base, str)) and all(
            self.evaluator.classes.method(owner, method.name) is not None for method in other.methods()
        )


def _unwrapped(site: Site) -> Site:
    """`async_to_sync(layer.send)(message)` as the call of what is wrapped."""
    func = site.call.func
    if (
        isinstance(func, Call)
        and site.scope.last_name(func.func) in ADAPTERS
        and len(func.args) == 1
        and not func.args[0].star
    ):
        return Site(Call(func.args[0].value, site.call.args, site.call.span), site.scope, site.use)
    return site


def handed(call: Call) -> Iterator[Call]:
    """What a runner may be told to call, as the calls that it makes."""
    for position, argument in enumerate(call.args):
        if last_name(argument.value) and argument.keyword in ("", "target", "func", "function"):
            yield Call(argument.value, _handed_arguments(call, position), call.span)


def _handed_arguments(call: Call, position: int) -> tuple[Argument, ...]:
    """What a runner passes on: the arguments after the function, or those in `args=(…)`."""
    packed = keyword(call, "args")
    if isinstance(packed, Sequence):
        return tuple(Argument(item) for item in packed.items)
    return call.args[position + 1 :]


def _sounds_like(receiver: str, owner: str) -> bool:
    """Whether a variable is named after the class: `event_bus`, `bus`, `_bus` for `EventBus`, or as its synonym."""
    plain = receiver.lower().replace("_", "")
    if len(plain) >= 3 and owner.lower().endswith(plain):
        return True
    words = [word.lower() for word in split(receiver)]
    return bool(words) and words[-1] in SYNONYMS and not {word.lower() for word in split(owner)}.isdisjoint(words)
