"""Read the values of literals without evaluating code."""

import re
import unicodedata

from evlint.model.facts import Literal
from evlint.model.source import Span

_PREFIX = re.compile(r"[A-Za-z]*")
_ESCAPE = re.compile(r"\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}]+\}|.)", re.DOTALL)
_BYTES_ESCAPE = re.compile(r"\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|[^uUN])", re.DOTALL)
_SIMPLE = {
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
# msgpack has 64 bits.
_LARGEST = 2**63


def string(text: str, span: Span) -> Literal:
    """The value of a string or bytes token; bytes become the characters of the same codes."""
    prefix = _PREFIX.match(text)
    flags = prefix.group().lower() if prefix else ""
    body = text[len(flags) :]
    quotes = 3 if body[:3] in ('"""', "'''") else 1
    is_bytes = "b" in flags
    value = unescape(body[quotes:-quotes], is_raw="r" in flags, is_bytes=is_bytes)
    return Literal(value, "bytes" if is_bytes else "str", span)


def unescape(text: str, *, is_raw: bool, is_bytes: bool = False) -> str:
    """The characters that the inside of a string token stands for; an invalid escape stands for itself."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_raw or "\\" not in text:
        return text
    return (_BYTES_ESCAPE if is_bytes else _ESCAPE).sub(_character, text)


def _character(match: re.Match[str]) -> str:
    escape = match.group(1)
    if escape in _SIMPLE:
        return _SIMPLE[escape]
    if escape[0] == "N" and len(escape) > 1:
        return _named(escape[2:-1], match.group())
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if escape[0] in "xuU" and len(escape) > 1:
        code = int(escape[1:], 16)
        # A lone surrogate cannot be written as UTF-8.
        return match.group() if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
    return match.group()


def _named(name: str, escape: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return escape


def integer(text: str, span: Span) -> Literal:
    """The value of an integer token, or its text if 64 bits do not hold it."""
    if len(text) > 70:
        return Literal(text, "int", span)
    try:
        value = int(text, 0)
    except ValueError:
        return Literal(text, "int", span)
    return Literal(value if value < _LARGEST else text, "int", span)


def floating(text: str, span: Span) -> Literal:
    """The value of a floating point token."""
    return Literal(float(text), "float", span)
