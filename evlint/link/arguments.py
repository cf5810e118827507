"""Which argument of a call goes to which parameter."""

from __future__ import annotations

from evlint.link.scopes import Scope
from evlint.link.values import Frame
from evlint.link.walk import dotted
from evlint.model.facts import Attribute, Call, Expression, Literal, Name


def bind(function: Scope, call: Call, frame: Frame, *, bound: bool = True) -> dict[str, tuple[Expression, Frame]]:
    """The arguments of `call` by the names of the parameters of `function`, each with the frame it is read in.

    `bound` says that the receiver is not among the arguments.
    """
    parameters = function.arguments() if bound or function.owner is None else function.parameters
    found: dict[str, tuple[Expression, Frame]] = {}
    positional = [item for item in parameters if not item.keyword_only and not item.star]
    rest = next((item for item in parameters if item.star == "*"), None)
    index = 0
    for argument in call.args:
        if argument.keyword:
            found[argument.keyword] = (argument.value, frame)
        elif not argument.star:
            if index < len(positional):
                found[positional[index].name] = (argument.value, frame)
            elif rest is not None and rest.name not in found:
                found[rest.name] = (argument.value, frame)
            index += 1
        elif argument.star == "*" and rest is not None and index >= len(positional):
            found.setdefault(rest.name, (argument.value, frame))
    return found


def positional(call: Call, index: int) -> Expression | None:
    """The positional argument at `index`, unless a starred one comes before it."""
    count = 0
    for argument in call.args:
        if argument.star:
            return None
        if argument.keyword:
            continue
        if count == index:
            return argument.value
        count += 1
    return None


def keyword(call: Call, name: str) -> Expression | None:
    """The argument given as `name=`."""
    return next((argument.value for argument in call.args if argument.keyword == name), None)


def options(call: Call) -> tuple[str, ...]:
    """The keyword arguments that are plain: `auto_ack=True`, `ack_policy=AckPolicy.ACK_FIRST`."""
    found: list[str] = []
    for argument in call.args:
        if argument.keyword and isinstance(argument.value, Literal):
            found.append(f"{argument.keyword}={argument.value.value!r}")
        elif argument.keyword and isinstance(argument.value, Name | Attribute):
            found.append(f"{argument.keyword}={dotted(argument.value)}")
    return tuple(found)
