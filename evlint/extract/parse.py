"""Parse a source text with libcst."""

import ast

import libcst as cst

from evlint.extract.depth import REASON
from evlint.extract.interpreter import error_of, soften
from evlint.model.facts import Failure


def trust_the_parser() -> None:
    """Skip libcst's validation of each node that it makes, a fifth of its time: what it parsed is valid.

    For processes that do nothing else; a tree made by hand would not be checked.
    """
    setattr(cst.CSTNode, "__post_init__", lambda self: None)  # noqa: B010  # mypy knows it as a method


def parse(source: str) -> cst.Module | Failure:
    """The tree of a source text, or why there is none."""
    try:
        return cst.parse_module(source)
    except (KeyboardInterrupt, SystemExit):
        raise
    except RecursionError:
        return Failure(REASON)
    except cst.ParserSyntaxError as error:
        own = Failure(f"not understood by libcst: {error.message}", error.raw_line, error.raw_column + 1)
    except BaseException as error:  # noqa: BLE001  # a panic in libcst's native code is no Exception
        own = Failure(f"the parser failed on it ({type(error).__name__})")
    # libcst's messages and positions are hard to read.
    return error_of(soften(source), _parse) or own


def _parse(source: str | bytes) -> object:
    return compile(source, "source", "exec", ast.PyCF_ONLY_AST)
