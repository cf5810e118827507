"""What functions do, step by step: publishers, handlers, and what they call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evlint.link import counts, definitions, demands, effects, failures, guards
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope
from evlint.link.sites import RUNNERS, handed
from evlint.link.values import Frame, FunctionObject
from evlint.link.walk import blocks, children, dotted, heads, last_name
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Expression,
    If,
    Lambda,
    Match,
    Name,
    Raise,
    Return,
    Sequence,
    Statement,
    Try,
    With,
)
from evlint.model.program import Action, Behaviour, Catch, Demand, Endless
from evlint.model.source import Location

DEPTH = 2
TRANSACTIONAL = ("atomic", "transactional", "transaction", "in_transaction", "unit_of_work", "with_transaction")


@dataclass(frozen=True, slots=True)
class Step:
    """A statement or call with the labels of the blocks that it stands in."""

    statement: Statement
    labels: tuple[str, ...]


class Behaviours:
    """Tells what functions do.

    `published` gives the event of each publishing call by its identity, `delivering` the dialect of each call
    that runs a handler taken from a table, `relays` what the loops around an outbox send without an end.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        published: Mapping[int, str],
        delivering: Mapping[int, str],
        relays: Mapping[Scope, tuple[Endless, ...]],
    ) -> None:
        self._evaluator = evaluator
        self._published = published
        self._delivering = delivering
        self._relays = relays
        self.deferred: set[int] = set()
        self.inside: set[int] = set()

    def of(self, functions: Iterable[Scope]) -> tuple[Behaviour, ...]:
        """The behaviours of `functions` and of the functions of the program that they call, some calls deep."""
        found: dict[str, Behaviour] = {}
        wanted = list(functions)
        for depth in range(DEPTH + 1):
            called: list[Scope] = []
            for scope in wanted:
                if scope.key not in found:
                    behaviour, inner = self._behaviour(scope)
                    found[scope.key] = behaviour
                    called.extend(inner)
            wanted = called
            if depth == DEPTH:
                break
        return tuple(behaviour for _, behaviour in sorted(found.items()))

    def _behaviour(self, scope: Scope) -> tuple[Behaviour, list[Scope]]:
        actions: list[Action] = []
        called: list[Scope] = []
        catches: list[Catch] = []
        demanded: list[Demand] = []
        for step in _steps(self._evaluator, scope, scope.body, ()):
            for action, function in self._actions(scope, step):
                actions.append(action)
                if function is not None:
                    called.append(function)
            if isinstance(step.statement, Try):
                catches.extend(failures.catches(self._evaluator, scope, step.statement, step.labels))
            if isinstance(step.statement, If):
                demanded.extend(demands.demanded(self._evaluator, scope, step.statement, step.labels))
        decorators = definitions.decorator_names(self._evaluator, scope)
        behaviour = Behaviour(
            scope.key,
            scope.qualname or scope.module.name,
            Location(scope.module.path, scope.span, scope.qualname),
            scope.is_async,
            tuple(actions),
            guards.found_in(scope, decorators),
            decorators,
            any(name.rpartition(".")[2] in TRANSACTIONAL for name in decorators),
            tuple(catches),
            (*failures.endless(self._evaluator, scope), *self._relays.get(scope, ())),
            failures.has_limit(scope),
            tuple(demanded),
        )
        if behaviour.transactional:
            self.inside.update(id(site.call) for site in scope.sites)
        return behaviour, called

    def _actions(self, scope: Scope, step: Step) -> Iterator[tuple[Action, Scope | None]]:
        statement = step.statement
        for call, awaited, deferred in _calls(statement):
            if deferred:
                self.deferred.add(id(call))
            if any(label.endswith(":transaction") for label in step.labels):
                self.inside.add(id(call))
            for spelled in self._spelled(scope, call):
                yield self._action(scope, spelled, step.labels, awaited, deferred)
            run = self._run(scope, call)
            if run is not None:
                yield self._action(scope, run, step.labels, True, deferred or last_name(call.func) == "on_commit")
        location = scope.location(getattr(statement, "span", scope.span))
        if isinstance(statement, Return):
            yield Action("return", "", location, blocks=step.labels), None
        elif isinstance(statement, Raise):
            yield (
                Action("raise", dotted(statement.value) if statement.value else "", location, blocks=step.labels),
                None,
            )
        elif isinstance(statement, Assign):
            for callee in counts.assigned(statement):
                yield Action("write", callee, location, blocks=step.labels, effect="counts"), None

    def _spelled(self, scope: Scope, call: Call) -> tuple[Call, ...]:
        """The calls that a call on the variable of a loop over named objects makes, one for each of them."""
        func = call.func
        if not isinstance(func, Attribute) or not isinstance(func.value, Name):
            return (call,)
        if id(call) in self._published or id(call) in self._delivering:
            return (call,)
        for binding in scope.bindings.get(func.value.id, ()):
            if binding.kind == "element" and isinstance(binding.value, Sequence):
                named = [item for item in binding.value.items if isinstance(item, Attribute)]
                calls = (Call(Attribute(item, func.attr, func.span), call.args, call.span) for item in named)
                return tuple(calls) or (call,)
        return (call,)

    def _run(self, scope: Scope, call: Call) -> Call | None:
        """The call that a runner makes: `mailer.send(order)` for `to_thread(mailer.send, order)`."""
        if last_name(call.func) not in RUNNERS:
            return None
        for inner in handed(call):
            values = self._evaluator.values(inner.func, Frame(scope))
            if any(isinstance(value, FunctionObject) for value in values):
                return inner
        # A method of something unknown is called as well; a variable may hold anything.
        return next((inner for inner in handed(call) if isinstance(inner.func, Attribute)), None)

    def _action(
        self, scope: Scope, call: Call, labels: tuple[str, ...], awaited: bool, deferred: bool
    ) -> tuple[Action, Scope | None]:
        judged = effects.judge(self._evaluator, call, Frame(scope))
        if judged.kind == "call" and counts.is_appended(self._evaluator, call, scope):
            judged = judged._replace(kind="write", effect="counts")
        event = self._published.get(id(call), "")
        action = Action(
            "publish" if event else "deliver" if id(call) in self._delivering else judged.kind,
            dotted(call.func),
            scope.location(call.span),
            self._delivering.get(id(call), judged.target),
            judged.function.key if judged.function is not None else "",
            event,
            tuple(argument.keyword for argument in call.args if argument.keyword),
            (*labels, "deferred") if deferred else labels,
            awaited,
            judged.effect,
        )
        return action, judged.function


def neighbours(function: Scope) -> Iterator[Scope]:
    """The functions beside a private one that call it by its name: they go on when it returns."""
    beside = function.parent
    if beside is None or not function.name.startswith("_"):
        return
    for other in beside.children:
        if other is not function and any(last_name(site.call.func) == function.name for site in other.sites):
            yield other.function()


def _steps(evaluator: Evaluator, scope: Scope, body: tuple[Statement, ...], labels: tuple[str, ...]) -> Iterator[Step]:
    for statement in body:
        yield Step(statement, labels)
        line = getattr(getattr(statement, "span", None), "line", 0)
        kind = ""
        if isinstance(statement, With):
            opens = any(effects.is_transaction(evaluator, item.value, Frame(scope)) for item in statement.items)
            kind = "transaction" if opens else "with"
        for number, (label, inner) in enumerate(blocks(statement)):
            name = kind or label
            if isinstance(statement, Try | Match) and label == "except":
                name = f"except{number}"
            yield from _steps(evaluator, scope, inner, (*labels, f"{line}:{name}"))


def _calls(statement: Statement) -> Iterator[tuple[Call, bool, bool]]:
    """The calls of a statement in the order in which they run, whether awaited, whether deferred to a commit."""
    for head in heads(statement):
        yield from _ordered(head, awaited=False, deferred=False)


def _ordered(node: Expression, *, awaited: bool, deferred: bool) -> Iterator[tuple[Call, bool, bool]]:
    stack: list[tuple[Expression, bool, bool, bool]] = [(node, awaited, deferred, False)]
    while stack:
        current, is_awaited, is_deferred, ready = stack.pop()
        if ready and isinstance(current, Call):
            yield current, is_awaited, is_deferred
            continue
        inner_deferred = is_deferred
        if isinstance(current, Call):
            stack.append((current, is_awaited, is_deferred, True))
            inner_deferred = is_deferred or last_name(current.func) == "on_commit"
        if isinstance(current, Lambda):
            stack.append((current.body, False, is_deferred, False))
        held = isinstance(current, Await) or (
            isinstance(current, Call) and last_name(current.func) in (*RUNNERS, "gather")
        )
        stack.extend((child, held, inner_deferred, False) for child in reversed(children(current)))
