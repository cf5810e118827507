"""Tell whether a file is valid Python, faster than libcst does."""

import symtable

from evlint.extract.decode import MAXIMUM_BYTES, decode
from evlint.extract.depth import check_depth, may_be_deep
from evlint.extract.interpreter import error_of, soften
from evlint.extract.positions import tokens_of
from evlint.model.facts import Failure


def check(data: bytes) -> Failure | None:
    """Say why a file cannot be read, or None.

    Agrees with `extract` but makes no facts. The running interpreter's own parser decides what it accepts; what it
    does not know because it is older than the syntax is softened first, and the last word is libcst's.
    """
    if len(data) <= MAXIMUM_BYTES and not may_be_deep(data) and error_of(data, _symbols) is None:
        return None
    text = decode(data)
    if isinstance(text, Failure):
        return text
    deep = check_depth(text, tokens_of(text))
    if deep is not None:
        return deep
    if error_of(text, _symbols) is None or error_of(soften(text), _symbols) is None:
        return None
    from evlint.extract.parse import parse

    parsed = parse(text)
    return parsed if isinstance(parsed, Failure) else None


def _symbols(source: str | bytes) -> object:
    """Half as slow again as a tree would be: nothing is made of the C parser's result."""
    return symtable.symtable(source, "source", "exec")  # type: ignore[arg-type]  # takes bytes as well
