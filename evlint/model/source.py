"""Files and places in them."""

from hashlib import blake2b

import msgspec


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """A stretch of one file: lines and columns count from 1, columns in code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Location(msgspec.Struct, frozen=True, gc=False, order=True):
    """A span in a file of the program, and the qualified name of what it stands in."""

    path: str
    span: Span
    symbol: str = ""

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def column(self) -> int:
        return self.span.column


WHOLE_FILE = Span(1, 1, 1, 1)


class SourceFile(msgspec.Struct, frozen=True):
    """The bytes of one file; `path` is POSIX and relative to the working directory, as reports print it."""

    path: str
    data: bytes

    @property
    def digest(self) -> str:
        return digest(self.data)


def digest(data: bytes) -> str:
    """Name `data` by its content: 32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()
