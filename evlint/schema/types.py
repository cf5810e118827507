"""The types of fields, as far as compatibility depends on them: unions of named types with arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

import msgspec

ALIASES = {
    "List": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Iterable": "list",
    "Collection": "list",
    "Tuple": "tuple",
    "Set": "set",
    "MutableSet": "set",
    "AbstractSet": "set",
    "FrozenSet": "frozenset",
    "Dict": "dict",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "Text": "str",
    "NoneType": "None",
    "StrictStr": "str",
    "StrictInt": "int",
    "StrictFloat": "float",
    "StrictBool": "bool",
    "PositiveInt": "int",
    "NonNegativeInt": "int",
    "PositiveFloat": "float",
    "String": "str",
    "CharField": "str",
    "TextField": "str",
    "Integer": "int",
    "IntegerField": "int",
    "Float": "float",
    "FloatField": "float",
    "Boolean": "bool",
    "BooleanField": "bool",
    "DateTime": "datetime",
    "DateTimeField": "datetime",
}
# All of these travel as an array, so that a change among them is none on the wire.
ARRAYS = frozenset({"list", "tuple", "set", "frozenset", "deque"})
WRAPPERS = frozenset({"Annotated", "Required", "NotRequired", "Final", "ReadOnly"})
ANYTHING = frozenset({"Any", "object", "?"})
# What reads every value of the type that stands on the left.
WIDER = {"bool": {"int", "float"}, "int": {"float", "Decimal"}, "Literal": {"str", "int"}}


class Atom(msgspec.Struct, frozen=True, order=True):
    """One member of a union: `list[int]` is an atom with an argument, which is a union again."""

    name: str
    arguments: tuple[tuple[Atom, ...], ...] = ()


Union = tuple[Atom, ...]


@lru_cache(maxsize=4096)  # the same few types come again and again
def parse(text: str) -> Union:
    """Read an annotation as it is written; what is no annotation is one opaque atom."""
    if not text:
        return (Atom("?"),)
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return (Atom(text),)
    return tuple(sorted(set(_union(node))))


def shown(union: Union) -> str:
    """The union in its shortest spelling, None last."""
    atoms = sorted(union, key=lambda atom: (atom.name == "None", atom))
    return " | ".join(_shown(atom) for atom in atoms)


def _shown(atom: Atom) -> str:
    if not atom.arguments:
        return atom.name
    return f"{atom.name}[{', '.join(shown(argument) for argument in atom.arguments)}]"


def _union(node: ast.expr) -> list[Atom]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(node.left), *_union(node.right)]
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return list(parse(node.value))
        return [Atom("..." if node.value is ... else str(node.value))]
    if isinstance(node, ast.Subscript):
        return _subscript(node)
    # What a call makes is of the type it names: `String(max_length=50)`.
    name = _name(node.func if isinstance(node, ast.Call) else node)
    return [Atom(ALIASES.get(name, name))]


def _subscript(node: ast.Subscript) -> list[Atom]:
    name = _name(node.value)
    items = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Optional":
        return [*_union(items[0]), Atom("None")]
    if name == "Union":
        return [atom for item in items for atom in _union(item)]
    if name in WRAPPERS:
        return _union(items[0])
    if name == "Literal":
        return [Atom("Literal", ((Atom(ast.unparse(item)),),)) for item in items]
    arguments = tuple(tuple(sorted(set(_union(item)))) for item in items)
    return [Atom(ALIASES.get(name, name), arguments)]


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


def reads(reader: Union, written: Union) -> bool:
    """Whether code that expects `reader` can read every value of `written`."""
    return all(any(_reads(mine, theirs) for mine in reader) for theirs in written)


def _reads(reader: Atom, written: Atom) -> bool:
    if reader == written or reader.name in ANYTHING:
        return True
    if written.name in ANYTHING:
        return False
    if reader.name == written.name or (reader.name in ARRAYS and written.name in ARRAYS):
        return _arguments_read(reader.arguments, written.arguments)
    if written.name == "Literal":
        value = written.arguments[0][0].name
        return reader.name == ("str" if value[:1] in "'\"" else "int")
    return reader.name in WIDER.get(written.name, ())


def _arguments_read(reader: tuple[Union, ...], written: tuple[Union, ...]) -> bool:
    if not reader or not written:
        return not reader
    if len(reader) != len(written):
        # `tuple[int, ...]` against `list[int]`: what counts is the item.
        return reads(reader[0], written[0])
    return all(reads(mine, theirs) for mine, theirs in zip(reader, written, strict=True))


def names(union: Union) -> set[str]:
    """All names in the union, those in arguments included."""
    found: set[str] = set()
    for atom in union:
        found.add(atom.name)
        for argument in atom.arguments:
            found |= names(argument)
    return found


def renamed(union: Union, spelled: Mapping[str, str]) -> Union:
    """The union with some names spelled otherwise."""
    atoms = {
        Atom(spelled.get(atom.name, atom.name), tuple(renamed(argument, spelled) for argument in atom.arguments))
        for atom in union
    }
    return tuple(sorted(atoms))
