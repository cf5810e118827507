"""What the running interpreter objects to, and how newer syntax is made to look older to it."""

import re
import warnings
from collections.abc import Callable

from evlint.model.facts import Failure

_BRACKETS = r"\[(?:[^][\n]|\[(?:[^][\n]|\[[^][\n]*\])*\])*\]"
_GENERIC = re.compile(rf"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)({_BRACKETS})", re.MULTILINE)
_ALIAS = re.compile(rf"^([ \t]*type)[ \t]([ \t]*\w+)({_BRACKETS})?(?=[ \t]*=[^=])", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except\b\*?[ \t]*)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*:)", re.MULTILINE)
_TEMPLATE = re.compile(r"""\b([rR]?)[tT]([rR]?)(?=["'])""")
_LAZY = re.compile(r"^([ \t]*lazy)[ \t]([ \t]*(?:import|from)\b)", re.MULTILINE)


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


def soften(source: str) -> str:
    """Replace syntax newer than the running interpreter by older syntax of the same length, for error positions."""
    source = _GENERIC.sub(lambda match: match[1] + " " * len(match[2]), source)
    source = _ALIAS.sub(lambda match: f"{match[1]}.{match[2]}{' ' * len(match[3] or '')}", source)
    source = _EXCEPT.sub(lambda match: match[1] + match[2].replace(",", "+"), source)
    source = _TEMPLATE.sub(r"\1f\2", source)
    return _LAZY.sub(r"\1;\2", source)
