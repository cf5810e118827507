"""Turn the bytes of a file into its text."""

import io
import tokenize

from evlint.model.facts import Failure

MAXIMUM_BYTES = 2_000_000
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes) -> str | Failure:
    """Decode source by its byte order mark or coding cookie; newlines stay as they are."""
    if len(data) > MAXIMUM_BYTES:
        return Failure(f"larger than {MAXIMUM_BYTES // 1_000_000} MB; exclude it")
    if data.startswith(WIDE_MARKS):
        return Failure("encoded as UTF-16, which Python does not read")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        text.encode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Failure(f"not valid {error.encoding}: byte 0x{data[error.start]:02x} cannot be decoded", line)
    except (SyntaxError, UnicodeError, LookupError, ValueError) as error:
        return Failure(str(error))
    if "\0" in text:
        before = text[: text.index("\0")]
        return Failure("a null byte in the source", before.count("\n") + 1, len(before) - before.rfind("\n"))
    return text


def encoded(text: str, data: bytes) -> bytes | None:
    """`text` in the encoding that `data` is in, with its byte order mark; None where that lacks a character of it."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return None
