"""What the code says about a field in words: below it, in the call that makes it, or in the docstring of its class."""

from __future__ import annotations

import re
from itertools import pairwise

from evlint.link.scopes import Binding, Scope
from evlint.link.walk import expressions, last_name
from evlint.model.facts import Assign, Call, Class, Evaluate, Expression, Literal

KEYWORDS = ("description", "help_text", "doc")
MAKERS_OF_TEXT = frozenset({"Doc", "doc"})
_SECTION = re.compile(r"^(?:Attributes|Args|Arguments|Fields|Parameters):\s*$")
_ENTRY = re.compile(r"^\s+(\w+)\s*(?:\([^)]*\))?:\s+(.+)$")
_DIRECTIVE = re.compile(r"^\s*:(?:ivar|param|var|attribute)\s+(?:\w+\s+)?(\w+):\s*(.+)$")


def description(scope: Scope, name: str, binding: Binding | None) -> str:
    """The description of the field, on one line; empty where there is none."""
    found = _below(scope, binding) if binding is not None else ""
    if not found and binding is not None:
        found = _called(binding.value) or _called(binding.annotation)
    return " ".join((found or _listed(scope, name)).split())


def _below(scope: Scope, binding: Binding) -> str:
    """The string that stands right below the field."""
    if not isinstance(scope.node, Class):
        return ""
    for statement, following in pairwise(scope.node.body):
        if isinstance(statement, Assign) and statement.span == binding.span and isinstance(following, Evaluate):
            return _text(following.value)
    return ""


def _called(expression: Expression | None) -> str:
    """What `Field(description="…")` says, or `Annotated[str, Doc("…")]`."""
    for part in expressions(expression) if expression is not None else ():
        if isinstance(part, Call):
            for argument in part.args:
                if argument.keyword in KEYWORDS or (not argument.keyword and last_name(part.func) in MAKERS_OF_TEXT):
                    return _text(argument.value)
    return ""


def _listed(scope: Scope, name: str) -> str:
    """What a section of the docstring says: the entry, as far as its first line goes."""
    inside = False
    for line in getattr(scope.node, "docstring", "").splitlines():
        directive = _DIRECTIVE.match(line)
        if directive and directive[1] == name:
            return directive[2]
        if _SECTION.match(line):
            inside = True
        elif line and not line[0].isspace():
            inside = False
        elif inside and (entry := _ENTRY.match(line)) and entry[1] == name:
            return entry[2]
    return ""


def _text(expression: Expression) -> str:
    if isinstance(expression, Literal) and expression.kind == "str" and isinstance(expression.value, str):
        return expression.value
    return ""
