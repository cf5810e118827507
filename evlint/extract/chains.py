"""Flatten what libcst nests: chains of one operator, and strings side by side."""

import libcst as cst

_SYMBOLS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.AddAssign: "+",
    cst.And: "and",
    cst.BitAnd: "&",
    cst.BitAndAssign: "&",
    cst.BitInvert: "~",
    cst.BitOr: "|",
    cst.BitOrAssign: "|",
    cst.BitXor: "^",
    cst.BitXorAssign: "^",
    cst.Divide: "/",
    cst.DivideAssign: "/",
    cst.Equal: "==",
    cst.FloorDivide: "//",
    cst.FloorDivideAssign: "//",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.LeftShift: "<<",
    cst.LeftShiftAssign: "<<",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.MatrixMultiply: "@",
    cst.MatrixMultiplyAssign: "@",
    cst.Minus: "-",
    cst.Modulo: "%",
    cst.ModuloAssign: "%",
    cst.Multiply: "*",
    cst.MultiplyAssign: "*",
    cst.Not: "not",
    cst.NotEqual: "!=",
    cst.NotIn: "not in",
    cst.Or: "or",
    cst.Plus: "+",
    cst.Power: "**",
    cst.PowerAssign: "**",
    cst.RightShift: ">>",
    cst.RightShiftAssign: ">>",
    cst.Subtract: "-",
    cst.SubtractAssign: "-",
}


def symbol(operator: cst.CSTNode) -> str:
    """The operator as it is written, an augmented assignment's without its `=`."""
    return _SYMBOLS[type(operator)]


def operands(node: cst.BinaryOperation | cst.BooleanOperation) -> list[cst.BaseExpression]:
    """The operands of a chain of one operator, which libcst nests: arithmetic to the left, `and` and `or` to the right."""
    kind = type(node.operator)
    found: list[cst.BaseExpression] = []
    if isinstance(node, cst.BooleanOperation):
        last: cst.BaseExpression = node
        while (
            isinstance(last, cst.BooleanOperation) and type(last.operator) is kind and (last is node or not last.lpar)
        ):
            found.append(last.left)
            last = last.right
        return [*found, last]
    first: cst.BaseExpression = node
    while isinstance(first, cst.BinaryOperation) and type(first.operator) is kind and (first is node or not first.lpar):
        found.append(first.right)
        first = first.left
    return [first, *reversed(found)]


def pieces(node: cst.ConcatenatedString) -> list[cst.BaseString]:
    """The strings that stand side by side, which libcst nests to the right."""
    found: list[cst.BaseString] = [node.left]
    last: cst.BaseExpression = node.right
    while isinstance(last, cst.ConcatenatedString):
        found.append(last.left)
        last = last.right
    return [*found, cst.ensure_type(last, cst.BaseString)]
