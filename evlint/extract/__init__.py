"""Turn the bytes of one file into facts."""

from evlint.model.facts import Failure, FileFacts

EXTRACTOR_VERSION = 2


def extract(data: bytes) -> FileFacts:
    """State what is in a file.

    Pure, and never raises: what cannot be read or parsed is a `Failure` inside.
    """
    # libcst takes 0.2 s to import, which a run with warm caches need not pay.
    from evlint.extract.comments import suppressions
    from evlint.extract.decode import decode
    from evlint.extract.depth import check_depth
    from evlint.extract.facts import statements_of
    from evlint.extract.parse import parse
    from evlint.extract.positions import tokens_of

    source = decode(data)
    if isinstance(source, Failure):
        return FileFacts(failure=source)
    tokens = tokens_of(source)
    deep = check_depth(source, tokens)
    if deep is not None:
        return FileFacts(failure=deep)
    module = parse(source)
    if isinstance(module, Failure):
        return FileFacts(failure=module)
    marked = b"noqa" in data.lower() or b"evlint:" in data
    found = suppressions(source, tokens) if marked else ()
    return FileFacts(statements_of(module, source, tokens), found)
