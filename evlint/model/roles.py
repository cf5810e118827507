"""Role expressions: where in a call, decorator or class the parts of an event stand.

A role is a source, optionally followed by alternatives and transforms, all parted by `|`:

    arg:0|message            positional argument 0, or the keyword `message`
    arg:1|topic,queue        positional argument 1, or one of several keywords
    arg:topic,list           keywords only
    arg:*                    all positional arguments; `arg:*1` all from position 1 on
    arg:**                   keyword arguments as fields; `arg:**-sender,signal` without some
    arg:Entries[*].DetailType          a path into nested literals; `[*]` is each item, or the one thing given
    arg:0[*].event_type,type           one of several keywords on the way
    arg:properties/BasicProperties.correlation_id   an argument of a nested constructor call
    recv                     the receiver of the call; `recv.topic` a role that it carries
    const:"*"                a fixed string
    param:event              a parameter of the handler, by name, position or `first`; `.annotation` and `.name`
    return                   what the function returns; `return.annotation`
    decorated                the decorated function or class; `decorated.name`
    generic:0                a type argument of the base class
    attr:name                an attribute of the class
    key, value               the parts of a table entry

Transforms are `camel`, `snake`, `dots_to_underscore`, `listify`, `enum_value`, `prefix(recv.prefix)`, `unwrap(name)`,
`strip("_EVENT")` and `last(:/)`, which keeps what comes after the last of these characters.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

TRANSFORMS = frozenset(
    {"camel", "snake", "dots_to_underscore", "listify", "enum_value", "last", "prefix", "unwrap", "strip"}
)
SourceKind = Literal[
    "positional",
    "keyword",
    "all_positional",
    "all_keywords",
    "receiver",
    "constant",
    "parameter",
    "return",
    "decorated",
    "generic",
    "attribute",
    "key",
    "value",
]
_PLAIN: dict[str, tuple[SourceKind, str]] = {
    "recv": ("receiver", ""),
    "return": ("return", ""),
    "return.annotation": ("return", "annotation"),
    "decorated": ("decorated", ""),
    "decorated.name": ("decorated", "name"),
    "key": ("key", ""),
    "value": ("value", ""),
}
_NAMES = re.compile(r"[A-Za-z_]\w*(?:,[A-Za-z_]\w*)*$")
_TRANSFORM = re.compile(r"(?P<name>[a-z_]+)(?:\((?P<argument>[^()]*)\))?$")
_PATH = re.compile(r"(?P<head>[A-Za-z_]\w*|\d+)(?P<rest>[/.\[].*)$")
_STEP = re.compile(r"\[\*\]|\[\"[^\"]*\"\]|[/.][A-Za-z_][\w-]*(?:,[A-Za-z_][\w-]*)*")


class Step(msgspec.Struct, frozen=True):
    """One step of a path: each item of a list, an item by key, or an argument or attribute by name."""

    kind: Literal["each", "item", "call", "name"]
    name: str = ""


class Transform(msgspec.Struct, frozen=True):
    name: str
    argument: str = ""


class Role(msgspec.Struct, frozen=True):
    """A parsed role expression.

    `position` is a positional argument, a parameter or a type argument; `names` are keyword alternatives, the
    names left out of `arg:**`, the carried role of `recv.x`, the parameter, the attribute, or the constant.
    """

    source: SourceKind
    position: int = -1
    names: tuple[str, ...] = ()
    path: tuple[Step, ...] = ()
    transforms: tuple[Transform, ...] = ()
    detail: str = ""


def parse(text: str) -> Role:
    """Read a role expression; raises ValueError that says what is wrong with it."""
    head, *rest = _split(text)
    role = _source(head.strip())
    names = role.names
    transforms: list[Transform] = []
    for part in (item.strip() for item in rest):
        transform = _TRANSFORM.match(part)
        if transform is not None and transform["name"] in TRANSFORMS:
            transforms.append(Transform(transform["name"], (transform["argument"] or "").strip('"')))
        elif _NAMES.match(part):
            names = (*names, *part.split(","))
        else:
            raise ValueError(f"`{part}` is neither keyword names nor a transform ({', '.join(sorted(TRANSFORMS))})")
    return Role(role.source, role.position, names, role.path, tuple(transforms), role.detail)


def _split(text: str) -> list[str]:
    """Split at `|` outside quotes and parentheses."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character in "()" and not quoted:
            depth += 1 if character == "(" else -1
        if character == "|" and not quoted and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _source(text: str) -> Role:
    if text in _PLAIN:
        source, detail = _PLAIN[text]
        return Role(source, detail=detail)
    kind, separator, value = text.partition(":")
    if text.startswith("recv."):
        return Role("receiver", names=(text[5:],))
    if not separator or not value:
        raise ValueError(
            f"`{text}` is no source; write arg:, recv, const:, param:, return, decorated, generic: or attr:"
        )
    match kind:
        case "arg":
            return _argument(value)
        case "const":
            return Role("constant", names=(value.strip('"'),))
        case "param":
            name, _, detail = value.partition(".")
            position = 0 if name == "first" else int(name) if name.isdigit() else -1
            return Role("parameter", position, () if position >= 0 else (name,), detail=detail)
        case "generic" if value.isdigit():
            return Role("generic", int(value))
        case "attr":
            return Role("attribute", names=tuple(value.split(",")))
    raise ValueError(f"`{text}` is no source; write arg:, recv, const:, param:, return, decorated, generic: or attr:")


def _argument(value: str) -> Role:
    if value.startswith("**"):
        left_out = value[2:].lstrip("-")
        return Role("all_keywords", names=tuple(filter(None, left_out.split(","))))
    if value.startswith("*"):
        return Role("all_positional", int(value[1:] or 0))
    if value.isdigit():
        return Role("positional", int(value))
    if _NAMES.match(value):
        return Role("keyword", names=tuple(value.split(",")))
    path = _PATH.match(value)
    if path is None:
        raise ValueError(f"`arg:{value}` is no argument: give a position, keywords, `*`, `**` or a path")
    head = path["head"]
    steps = tuple(_step(item) for item in _STEP.findall(path["rest"]))
    if "".join(_STEP.findall(path["rest"])) != path["rest"]:
        raise ValueError(f'`arg:{value}`: a path is made of `.name`, `/Call`, `["key"]` and `[*]`')
    if head.isdigit():
        return Role("positional", int(head), (), steps)
    return Role("keyword", -1, (head,), steps)


def _step(text: str) -> Step:
    if text == "[*]":
        return Step("each")
    if text.startswith("["):
        return Step("item", text[2:-2])
    return Step("call" if text.startswith("/") else "name", text[1:])
