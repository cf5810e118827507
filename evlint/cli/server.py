"""`evlint server`: the language server, on standard input and output."""

from __future__ import annotations

from argparse import Namespace

from evlint.model.errors import UsageError


def server(arguments: Namespace) -> int:
    """Serve one editor until it says goodbye."""
    try:
        from evlint.server.features import create
    except ImportError as error:
        raise UsageError("the server needs pygls", 'install it with `pip install "evlint[server]"`') from error

    import evlint

    create(evlint.__version__).start_io()
    return 0
