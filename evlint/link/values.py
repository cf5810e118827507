"""What an expression may stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evlint.link.scopes import Scope
from evlint.model.facts import Call, Expression, Sequence
from evlint.model.facts import Mapping as MappingExpression
from evlint.model.source import Location

# Steps into expressions, calls and imports; more is no program that people write.
DEPTH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Where an expression is read: its scope and, while a call is followed, the caller's arguments.

    `arguments` gives the parameters of `function` as expressions in the caller's frame. `choices` fixes which
    element the loop over a literal (by its identity) is at, and `loops` collects the literals that are looped over.
    `known` holds what was found in this call.
    """

    scope: Scope
    function: Scope | None = None
    arguments: Mapping[str, tuple[Expression, Frame]] = field(default_factory=dict)
    choices: Mapping[int, int] = field(default_factory=dict)
    depth: int = 0
    known: dict[tuple[int, int], tuple[Value, ...]] = field(default_factory=dict)
    loops: dict[int, Items | Table] | None = None

    def at(self, scope: Scope) -> Frame:
        """The same call, seen from another scope."""
        return Frame(scope, self.function, self.arguments, self.choices, self.depth, self.known, self.loops)

    def deeper(self) -> Frame:
        """The same frame one step further into an expression."""
        return Frame(self.scope, self.function, self.arguments, self.choices, self.depth + 1, self.known, self.loops)

    @property
    def is_spent(self) -> bool:
        """Whether no further step is to be taken."""
        return self.depth > DEPTH

    @property
    def is_plain(self) -> bool:
        """Whether what is read here depends on nothing but the scope."""
        return not self.arguments and not self.choices and self.loops is None


@dataclass(frozen=True, slots=True)
class ClassObject:
    """A class of the program."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class FunctionObject:
    """A function or lambda of the program, bound to `receiver` if it is a method reached through an instance."""

    scope: Scope
    receiver: Instance | ClassObject | None = None


@dataclass(frozen=True, slots=True)
class ModuleObject:
    """A file or folder of the program."""

    path: str


@dataclass(frozen=True, slots=True)
class ExternalObject:
    """Something defined outside the program, by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class of the program or of what the external class or function `type` makes.

    `type` may also be a dialect's receiver type, as `faststream:kafka`. `call` and `frame` are the call that made it.
    `binding` is the dotted name of the module or class variable that holds it. `parameter` says that it is known
    only by the annotation of that parameter of `function`.
    """

    type: Scope | str
    call: Call | None = None
    frame: Frame | None = None
    binding: str = ""
    location: Location | None = None
    parameter: str = ""
    function: Scope | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A string whose unknown parts are `{}`; `symbol` and `location` are those of the constant that holds it."""

    value: str
    symbol: str = ""
    location: Location | None = None

    @property
    def is_known(self) -> bool:
        """Whether more than what parts words is left beside the unknown parts; a `*` says `any`."""
        return bool(self.value.replace("{}", "").strip(" ./:-_"))


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set literal."""

    node: Sequence
    frame: Frame


@dataclass(frozen=True, slots=True)
class Table:
    """A dict literal."""

    node: MappingExpression
    frame: Frame


@dataclass(frozen=True, slots=True)
class Unbound:
    """A parameter of which nothing is known but its name."""

    function: Scope
    name: str


Value = ClassObject | FunctionObject | ModuleObject | ExternalObject | Instance | Text | Items | Table | Unbound
