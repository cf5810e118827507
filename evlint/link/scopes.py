"""Modules, classes and functions with the names that are bound in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from evlint.link import walk
from evlint.model.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Class,
    Comprehension,
    Evaluate,
    Expression,
    FileFacts,
    For,
    Function,
    Import,
    Lambda,
    Match,
    Name,
    Outer,
    Parameter,
    Return,
    Sequence,
    Starred,
    Statement,
    Subscript,
    Try,
    Walrus,
    With,
    Yield,
)
from evlint.model.source import Location, Span

Use = Literal["awaited", "discarded", "returned", "assigned", "passed"]


@dataclass(slots=True, frozen=True, eq=False)
class Binding:
    """One way in which a name gets its value in a scope.

    `value` is the expression that it is bound to: itself for `value`, an element of it for `element`, what entering
    it yields for `enter`, its item `index` for `item`, item `index` of an element for `element_item`, the default for
    `parameter`. Its expressions are read in the scope `inside` where `global` or `nonlocal` bind further out.
    """

    kind: Literal["import", "scope", "value", "parameter", "element", "enter", "item", "element_item", "unknown"]
    value: Expression | None = None
    annotation: Expression | None = None
    scope: Scope | None = None
    imported: Import | None = None
    parameter: Parameter | None = None
    index: int = 0
    span: Span | None = None
    inside: Scope | None = None


@dataclass(slots=True, frozen=True, eq=False)
class Site:
    """A call in a scope, and what becomes of its result."""

    call: Call
    scope: Scope
    use: Use

    @property
    def location(self) -> Location:
        return self.scope.location(self.call.span)


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function or lambda: what it binds, calls and holds.

    `loops` are what its `for` statements go through, `augmented` its assignments with an operator.
    """

    kind: Literal["module", "class", "function", "lambda"]
    module: Module
    name: str
    qualname: str
    parent: Scope | None = None
    node: Function | Class | Lambda | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    attributes: dict[str, list[tuple[Binding, Scope]]] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)
    outer: dict[str, Scope] = field(default_factory=dict)
    returns: list[Expression] = field(default_factory=list)
    loops: list[Expression] = field(default_factory=list)
    augmented: list[Assign] = field(default_factory=list)

    @property
    def span(self) -> Span:
        return self.node.span if self.node is not None else Span(1, 1, 1, 1)

    @property
    def key(self) -> str:
        """What names this function among all behaviours: path and line."""
        return f"{self.module.path}:{self.span.line}"

    @property
    def dotted(self) -> str:
        return f"{self.module.name}.{self.qualname}" if self.qualname else self.module.name

    @property
    def body(self) -> tuple[Statement, ...]:
        if self.kind == "module":
            return self.module.facts.body
        return self.node.body if isinstance(self.node, Function | Class) else ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.node.parameters if isinstance(self.node, Function | Lambda) else ()

    @property
    def owner(self) -> Scope | None:
        """The class whose method this function is."""
        return self.parent if self.kind == "function" and self.parent and self.parent.kind == "class" else None

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, Function) and self.node.is_async

    @property
    def decorators(self) -> tuple[Expression, ...]:
        return self.node.decorators if isinstance(self.node, Function | Class) else ()

    def is_static(self) -> bool:
        return any(walk.last_name(decorator) == "staticmethod" for decorator in self.decorators)

    def arguments(self) -> tuple[Parameter, ...]:
        """The parameters that a caller passes: without `self` or `cls`."""
        if self.owner is not None and not self.is_static():
            return self.parameters[1:]
        return self.parameters

    def last_name(self, node: Expression) -> str:
        """The name after the last dot of a name or attribute; what is imported under another name has its own."""
        name = walk.last_name(node)
        return self.module.renamed.get(name, name) if isinstance(node, Name) else name

    def location(self, span: Span) -> Location:
        return Location(self.module.path, span, self.named().qualname)

    def named(self) -> Scope:
        """This scope, or for a lambda the one that it stands in."""
        scope = self
        while scope.kind == "lambda" and scope.parent is not None:
            scope = scope.parent
        return scope

    def function(self) -> Scope:
        """The innermost function, or module, that runs what stands here."""
        scope = self.named()
        while scope.kind == "class" and scope.parent is not None:
            scope = scope.parent
        return scope

    def method(self, name: str) -> Scope | None:
        """The last function called `name` that is defined directly here."""
        for binding in reversed(self.bindings.get(name, ())):
            if binding.kind == "scope" and binding.scope and binding.scope.kind == "function":
                return binding.scope
        return None

    def methods(self) -> Iterator[Scope]:
        return (child for child in self.children if child.kind == "function")

    def all_scopes(self) -> Iterator[Scope]:
        """This scope and all inside it, in order of definition."""
        yield self
        for child in self.children:
            yield from child.all_scopes()

    def bind(self, name: str, binding: Binding) -> None:
        owner = self.outer.get(name)
        if owner is None:
            self.bindings.setdefault(name, []).append(binding)
        else:
            owner.bind(name, replace(binding, inside=binding.inside or self))


@dataclass(slots=True, eq=False)
class Module:
    """One file with its dotted name and scope.

    `renamed` tells what is imported under another name, by that name: `from shop import notify as tell`.
    """

    path: str
    name: str
    facts: FileFacts
    scope: Scope = field(init=False)
    is_package: bool = False
    stars: list[Import] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scope = Scope("module", self, "", "")
        _fill(self.scope, self.facts.body)

    def all_scopes(self) -> Iterator[Scope]:
        return self.scope.all_scopes()


def _fill(scope: Scope, body: tuple[Statement, ...]) -> None:
    for statement in walk.statements(body):
        _bind_statement(scope, statement)
        for expression, use in _uses(statement):
            _visit(scope, expression, use)


def _uses(statement: Statement) -> Iterator[tuple[Expression, Use]]:
    use: Use = "passed"
    if isinstance(statement, Evaluate):
        use = "discarded"
    elif isinstance(statement, Return):
        use = "returned"
    elif isinstance(statement, Assign):
        use = "assigned"
    for expression in walk.heads(statement):
        yield expression, use


def _visit(scope: Scope, root: Expression, use: Use) -> None:
    """Record the calls, lambdas and comprehension variables in `root`."""
    stack: list[tuple[Expression, Use]] = [(root, use)]
    while stack:
        node, use = stack.pop()
        inner: Use = "passed"
        if isinstance(node, walk.LEAVES):
            continue
        if isinstance(node, Call):
            scope.sites.append(Site(node, scope, use))
        elif isinstance(node, Await):
            inner = "awaited"
        elif isinstance(node, Yield):
            inner = "returned" if use != "discarded" else inner
        elif isinstance(node, Lambda):
            _lambda(scope, node)
        elif isinstance(node, Comprehension):
            for loop in node.generators:
                _bind_target(scope, loop.target, Binding("element", loop.iterable))
        elif isinstance(node, Walrus):
            _bind_target(scope, node.target, Binding("value", node.value))
            inner = "assigned"
        parts = walk.children(node)
        if parts:
            stack.extend([(child, inner) for child in reversed(parts)])


def _lambda(scope: Scope, node: Lambda) -> None:
    child = Scope("lambda", scope.module, "<lambda>", scope.qualname, scope, node)
    scope.children.append(child)
    _bind_parameters(child, node.parameters)
    child.returns.append(node.body)
    _visit(child, node.body, "returned")


def _bind_parameters(scope: Scope, parameters: tuple[Parameter, ...]) -> None:
    for parameter in parameters:
        scope.bind(
            parameter.name,
            Binding("parameter", parameter.default, parameter.annotation, parameter=parameter),
        )


def _bind_statement(scope: Scope, statement: Statement) -> None:
    match statement:
        case Import():
            if statement.member == "*":
                scope.module.stars.append(statement)
            else:
                scope.bind(statement.alias, Binding("import", imported=statement))
                if statement.member not in ("", statement.alias):
                    scope.module.renamed[statement.alias] = statement.member
        case Function() | Class():
            _define(scope, statement)
        case Assign():
            _bind_assign(scope, statement)
        case For():
            scope.loops.append(statement.iterable)
            _bind_target(scope, statement.target, Binding("element", statement.iterable))
        case With():
            for item in statement.items:
                if item.target is not None:
                    _bind_target(scope, item.target, Binding("enter", item.value))
        case Try():
            _bind_exceptions(scope, statement)
        case Match():
            for case in statement.cases:
                _bind_pattern(scope, case.pattern, statement.subject)
        case Outer():
            scope.outer.update((name, _outer(scope, statement.kind, name)) for name in statement.names)
        case Return():
            if statement.value is not None:
                scope.returns.append(statement.value)


def _bind_exceptions(scope: Scope, statement: Try) -> None:
    for clause in statement.handlers:
        if clause.name:
            scope.bind(clause.name, Binding("unknown", annotation=clause.kind))


def _outer(scope: Scope, kind: str, name: str) -> Scope:
    """The scope that `global` or `nonlocal` means."""
    outer = scope.parent
    while kind == "nonlocal" and outer is not None:
        if outer.kind in ("function", "lambda") and name in outer.bindings:
            return outer
        outer = outer.parent
    return scope.module.scope


def _bind_pattern(scope: Scope, pattern: Expression, subject: Expression) -> None:
    """Names captured by a pattern; `case E() as event` is a walrus whose value is the class pattern."""
    for node in walk.expressions(pattern):
        if isinstance(node, Walrus):
            _bind_target(scope, node.target, Binding("value", node.value))
        elif isinstance(node, Name) and node is pattern:
            _bind_target(scope, node, Binding("value", subject))


def _define(scope: Scope, node: Function | Class) -> None:
    qualname = f"{scope.qualname}.{node.name}" if scope.qualname else node.name
    kind: Literal["class", "function"] = "class" if isinstance(node, Class) else "function"
    child = Scope(kind, scope.module, node.name, qualname, scope, node)
    scope.children.append(child)
    scope.bind(node.name, Binding("scope", scope=child, span=node.span))
    if isinstance(node, Function):
        _bind_parameters(child, node.parameters)
    _fill(child, node.body)


def _bind_assign(scope: Scope, statement: Assign) -> None:
    if statement.operator and statement.operator != "=":
        scope.augmented.append(statement)
        return
    for target in statement.targets:
        binding = Binding("value", statement.value, statement.annotation, span=statement.span)
        _bind_target(scope, target, binding)


def _bind_target(scope: Scope, target: Expression, binding: Binding) -> None:
    match target:
        case Name():
            scope.bind(target.id, _at(binding, target.span))
        case Attribute(value=Name(id=receiver)):
            owner = _class_of_receiver(scope, receiver)
            if owner is not None:
                owner.attributes.setdefault(target.attr, []).append((_at(binding, target.span), scope))
        case Starred():
            _bind_target(scope, target.value, Binding("unknown"))
        case Sequence():
            for index, item in enumerate(target.items):
                _bind_target(scope, item, _item(binding, index))
        case Subscript():
            pass


def _at(binding: Binding, span: Span) -> Binding:
    if binding.span is not None:
        return binding
    return replace(binding, span=span)


def _item(binding: Binding, index: int) -> Binding:
    value = binding.value
    if binding.kind == "value" and isinstance(value, Sequence) and index < len(value.items):
        return Binding("value", value.items[index])
    if binding.kind == "value":
        return Binding("item", value, index=index)
    if binding.kind == "element":
        return Binding("element_item", value, index=index)
    return Binding("unknown")


def _class_of_receiver(scope: Scope, receiver: str) -> Scope | None:
    """The class whose instance `receiver` is in a method, nested functions included: its first parameter."""
    while scope.kind in ("function", "lambda"):
        owner = scope.owner
        if owner is not None:
            first = scope.parameters[0].name if scope.parameters and not scope.is_static() else ""
            return owner if receiver == first else None
        if receiver in scope.bindings:
            return None
        if scope.parent is None:
            return None
        scope = scope.parent
    return None
