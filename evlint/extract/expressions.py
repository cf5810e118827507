"""Make facts of expressions."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from evlint.extract import literals
from evlint.extract.built import Built
from evlint.extract.chains import operands, pieces, symbol
from evlint.model.facts import (
    Argument,
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    Expression,
    Format,
    Generator,
    Lambda,
    Literal,
    Mapping,
    Name,
    Operation,
    Other,
    Pair,
    Parameter,
    Sequence,
    Starred,
    Subscript,
    Walrus,
    Yield,
)
from evlint.model.source import Span

_CONSTANTS = {"True": True, "False": False}


def identifier(node: cst.Name) -> str:
    """The name that Python sees, which normalises what is not ASCII."""
    text = node.value
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def arguments(nodes: Iterable[cst.Arg], built: Built) -> tuple[Argument, ...]:
    """The arguments of a call or the bases of a class."""
    return tuple(
        [
            Argument(
                built.expression(node.value),
                "" if node.keyword is None else identifier(node.keyword),
                node.star,
            )
            for node in nodes
        ]
    )


def parameters(node: cst.Parameters, built: Built) -> tuple[Parameter, ...]:
    """The parameters of a function, in order."""
    found = [_parameter(item, built) for item in (*node.posonly_params, *node.params)]
    if isinstance(node.star_arg, cst.Param):
        found.append(_parameter(node.star_arg, built, star="*"))
    found += [_parameter(item, built, keyword_only=True) for item in node.kwonly_params]
    if node.star_kwarg is not None:
        found.append(_parameter(node.star_kwarg, built, star="**"))
    return tuple(found)


def _parameter(node: cst.Param, built: Built, star: Any = "", keyword_only: bool = False) -> Parameter:
    annotation = None if node.annotation is None else node.annotation.annotation
    return Parameter(
        identifier(node.name), built.optional(annotation), built.optional(node.default), star, keyword_only
    )


def joined(first: Expression, last: Expression) -> Span:
    """The span from the start of one expression to the end of another."""
    return Span(first.span.line, first.span.column, last.span.end_line, last.span.end_column)


def _name(node: cst.Name, built: Built, span: Span) -> Expression:
    text = identifier(node)
    if text in _CONSTANTS:
        return Literal(_CONSTANTS[text], "bool", span)
    return Literal(None, "none", span) if text == "None" else Name(text, span)


def _attribute(node: cst.Attribute, built: Built, span: Span) -> Attribute:
    return Attribute(built.expression(node.value), identifier(node.attr), span)


def _call(node: cst.Call, built: Built, span: Span) -> Call:
    return Call(built.expression(node.func), arguments(node.args, built), span)


def _integer(node: cst.Integer, built: Built, span: Span) -> Literal:
    return literals.integer(node.value, span)


def _float(node: cst.Float, built: Built, span: Span) -> Literal:
    return literals.floating(node.value, span)


def _imaginary(node: cst.Imaginary, built: Built, span: Span) -> Other:
    return Other((), span)


def _ellipsis(node: cst.Ellipsis, built: Built, span: Span) -> Literal:
    return Literal(None, "ellipsis", span)


def _string(node: cst.SimpleString, built: Built, span: Span) -> Literal:
    return literals.string(node.value, span)


def _concatenated(node: cst.ConcatenatedString, built: Built, span: Span) -> Expression:
    parts = built.expressions(pieces(node))
    texts = [part for part in parts if isinstance(part, Literal)]
    if len(texts) == len(parts):
        return Literal("".join([str(text.value) for text in texts]), texts[0].kind, span)
    return Format(tuple(inner for part in parts for inner in _format_parts(part)), span)


def _format_parts(part: Expression) -> tuple[Expression, ...]:
    return part.parts if isinstance(part, Format) else (part,)


def _formatted(node: cst.FormattedString, built: Built, span: Span) -> Format:
    is_raw = "r" in node.start.lower()
    parts: list[Expression] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            text = part.value.replace("{{", "{").replace("}}", "}")
            parts.append(Literal(literals.unescape(text, is_raw=is_raw), "str", span))
        elif isinstance(part, cst.FormattedStringExpression):
            parts.append(_field(part, built, span))
    return Format(tuple(parts), span)


def _field(node: cst.FormattedStringExpression | cst.TemplatedStringExpression, built: Built, span: Span) -> Expression:
    """The expression of a field, as Other unless the field shows it unchanged."""
    value = built.expression(node.expression)
    if node.format_spec is None and node.equal is None and node.conversion in (None, "s"):
        return value
    return Other((value, *_fields(node.format_spec or (), built, span)), span)


def _fields(parts: Iterable[cst.CSTNode], built: Built, span: Span) -> Iterable[Expression]:
    for part in parts:
        if isinstance(part, (cst.FormattedStringExpression, cst.TemplatedStringExpression)):
            yield _field(part, built, span)


def _template(node: cst.TemplatedString, built: Built, span: Span) -> Other:
    return Other(tuple(_fields(node.parts, built, span)), span)


def _list(node: cst.List, built: Built, span: Span) -> Sequence:
    return Sequence("list", _elements(node, built), span)


def _tuple(node: cst.Tuple, built: Built, span: Span) -> Sequence:
    return Sequence("tuple", _elements(node, built), span)


def _set(node: cst.Set, built: Built, span: Span) -> Sequence:
    return Sequence("set", _elements(node, built), span)


def _elements(node: cst.List | cst.Tuple | cst.Set, built: Built) -> tuple[Expression, ...]:
    return built.expressions(
        element if isinstance(element, cst.StarredElement) else element.value for element in node.elements
    )


def _starred(node: cst.StarredElement, built: Built, span: Span) -> Starred:
    return Starred(built.expression(node.value), span)


def _dict(node: cst.Dict, built: Built, span: Span) -> Mapping:
    return Mapping(
        tuple(
            [
                Pair(
                    built.expression(element.key) if isinstance(element, cst.DictElement) else None,
                    built.expression(element.value),
                )
                for element in node.elements
            ]
        ),
        span,
    )


def _subscript(node: cst.Subscript, built: Built, span: Span) -> Subscript:
    items = built.expressions(node.slice)
    is_tuple = len(items) > 1 or isinstance(node.slice[0].comma, cst.Comma)
    index = Sequence("tuple", items, joined(items[0], items[-1])) if is_tuple else items[0]
    return Subscript(built.expression(node.value), index, span)


def _subscript_element(node: cst.SubscriptElement, built: Built, span: Span) -> Expression:
    part = node.slice
    if isinstance(part, cst.Slice):
        bounds = (bound for bound in (part.lower, part.upper, part.step) if bound is not None)
        return Other(built.expressions(bounds), span)
    value = built.expression(cst.ensure_type(part, cst.Index).value)
    return Starred(value, span) if cst.ensure_type(part, cst.Index).star else value


def _operation(node: cst.BinaryOperation | cst.BooleanOperation, built: Built, span: Span) -> Operation:
    return Operation(symbol(node.operator), built.expressions(operands(node)), span)


def _unary(node: cst.UnaryOperation, built: Built, span: Span) -> Operation:
    return Operation(symbol(node.operator), (built.expression(node.expression),), span)


def _comparison(node: cst.Comparison, built: Built, span: Span) -> Operation:
    """A chain of one operator has it once; a mixed one has them all, with spaces between."""
    symbols = [symbol(target.operator) for target in node.comparisons]
    text = symbols[0] if len(set(symbols)) == 1 else " ".join(symbols)
    return Operation(text, built.expressions((node.left, *(target.comparator for target in node.comparisons))), span)


def _conditional(node: cst.IfExp, built: Built, span: Span) -> Conditional:
    return Conditional(built.expression(node.test), built.expression(node.body), built.expression(node.orelse), span)


def _lambda(node: cst.Lambda, built: Built, span: Span) -> Lambda:
    return Lambda(parameters(node.params, built), built.expression(node.body), span)


def _list_comprehension(node: cst.ListComp, built: Built, span: Span) -> Comprehension:
    return Comprehension("list", built.expression(node.elt), _generators(node.for_in, built), span)


def _set_comprehension(node: cst.SetComp, built: Built, span: Span) -> Comprehension:
    return Comprehension("set", built.expression(node.elt), _generators(node.for_in, built), span)


def _generator(node: cst.GeneratorExp, built: Built, span: Span) -> Comprehension:
    return Comprehension("generator", built.expression(node.elt), _generators(node.for_in, built), span)


def _dict_comprehension(node: cst.DictComp, built: Built, span: Span) -> Comprehension:
    key, value = built.expression(node.key), built.expression(node.value)
    element = Sequence("tuple", (key, value), joined(key, value))
    return Comprehension("dict", element, _generators(node.for_in, built), span)


def _starred_dict_comprehension(node: cst.StarredDictComp, built: Built, span: Span) -> Comprehension:
    value = built.expression(node.value)
    return Comprehension("dict", Starred(value, value.span), _generators(node.for_in, built), span)


def _generators(node: cst.CompFor, built: Built) -> tuple[Generator, ...]:
    found: list[Generator] = []
    loop: cst.CompFor | None = node
    while loop is not None:
        found.append(
            Generator(
                built.expression(loop.target),
                built.expression(loop.iter),
                built.expressions(condition.test for condition in loop.ifs),
                loop.asynchronous is not None,
            )
        )
        loop = loop.inner_for_in
    return tuple(found)


def _await(node: cst.Await, built: Built, span: Span) -> Await:
    return Await(built.expression(node.expression), span)


def _yield(node: cst.Yield, built: Built, span: Span) -> Yield:
    if isinstance(node.value, cst.From):
        return Yield(built.expression(node.value.item), True, span)
    return Yield(built.optional(node.value), False, span)


def _walrus(node: cst.NamedExpr, built: Built, span: Span) -> Walrus:
    return Walrus(built.expression(node.target), built.expression(node.value), span)


# Any: each builder takes the type of node that it stands for here.
BUILDERS: dict[type[cst.CSTNode], Callable[[Any, Built, Span], Expression]] = {
    cst.Attribute: _attribute,
    cst.Await: _await,
    cst.BinaryOperation: _operation,
    cst.BooleanOperation: _operation,
    cst.Call: _call,
    cst.Comparison: _comparison,
    cst.ConcatenatedString: _concatenated,
    cst.Dict: _dict,
    cst.DictComp: _dict_comprehension,
    cst.Ellipsis: _ellipsis,
    cst.Float: _float,
    cst.FormattedString: _formatted,
    cst.GeneratorExp: _generator,
    cst.IfExp: _conditional,
    cst.Imaginary: _imaginary,
    cst.Integer: _integer,
    cst.Lambda: _lambda,
    cst.List: _list,
    cst.ListComp: _list_comprehension,
    cst.Name: _name,
    cst.NamedExpr: _walrus,
    cst.Set: _set,
    cst.SetComp: _set_comprehension,
    cst.SimpleString: _string,
    cst.StarredDictComp: _starred_dict_comprehension,
    cst.StarredElement: _starred,
    cst.Subscript: _subscript,
    cst.SubscriptElement: _subscript_element,
    cst.TemplatedString: _template,
    cst.Tuple: _tuple,
    cst.UnaryOperation: _unary,
    cst.Yield: _yield,
}
