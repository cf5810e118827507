"""Tell whether a file is valid Python, faster than libcst does."""

import re
import symtable
import warnings
from collections.abc import Callable

from evlint.extract.decode import MAXIMUM_BYTES, decode
from evlint.extract.depth import check_depth, may_be_deep
from evlint.extract.positions import tokens_of
from evlint.model.facts import Failure

_BRACKETS = r"\[(?:[^][\n]|\[(?:[^][\n]|\[[^][\n]*\])*\])*\]"
_GENERIC = re.compile(rf"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)({_BRACKETS})", re.MULTILINE)
_ALIAS = re.compile(rf"^([ \t]*type)[ \t]([ \t]*\w+)({_BRACKETS})?(?=[ \t]*=[^=])", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except\b\*?[ \t]*)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*:)", re.MULTILINE)
_TEMPLATE = re.compile(r"""\b([rR]?)[tT]([rR]?)(?=["'])""")
_LAZY = re.compile(r"^([ \t]*lazy)[ \t]([ \t]*(?:import|from)\b)", re.MULTILINE)


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


def error_of(source: str | bytes, parse: Callable[[str | bytes], object]) -> Failure | None:
    """What the running interpreter objects to in a source text, when it parses it this way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parse(source)
        except SyntaxError as error:
            return Failure(error.msg or "invalid syntax", error.lineno or 1, max(error.offset or 1, 1))
        except (ValueError, RecursionError, MemoryError) as error:
            return Failure(str(error) or "too complex")
    return None


def _symbols(source: str | bytes) -> object:
    """Half as slow again as a tree would be: nothing is made of the C parser's result."""
    return symtable.symtable(source, "source", "exec")  # type: ignore[arg-type]  # takes bytes as well


def soften(source: str) -> str:
    """Replace syntax newer than the running interpreter by older syntax of the same length, for error positions."""
    source = _GENERIC.sub(lambda match: match[1] + " " * len(match[2]), source)
    source = _ALIAS.sub(lambda match: f"{match[1]}.{match[2]}{' ' * len(match[3] or '')}", source)
    source = _EXCEPT.sub(lambda match: match[1] + match[2].replace(",", "+"), source)
    source = _TEMPLATE.sub(r"\1f\2", source)
    return _LAZY.sub(r"\1;\2", source)
