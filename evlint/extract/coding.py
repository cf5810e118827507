"""Facts as bytes."""

import sys

import msgspec

from evlint.model.facts import FileFacts

# The deepest facts have some 2,500 levels, each of which msgspec counts as a call or two.
_RECURSION_LIMIT = 10_000
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(FileFacts)


def encode(facts: FileFacts) -> bytes:
    """Facts as msgpack."""
    try:
        return _ENCODER.encode(facts)
    except RecursionError:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
        return _ENCODER.encode(facts)


def decode(data: bytes) -> FileFacts:
    """The facts that `encode` was given; raises `msgspec.DecodeError` for anything else."""
    try:
        return _DECODER.decode(data)
    except RecursionError:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
        return _DECODER.decode(data)
