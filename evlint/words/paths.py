"""Tell by its path what a file is for."""

from __future__ import annotations

import re

_TEST = re.compile(r"(?:^|/)(?:tests?|testing|fixtures|conftest\.py)(?:/|$)|(?:^|/)test_[^/]*$|_test\.py$")


def is_test(path: str) -> bool:
    """Whether the file belongs to tests: what it defines is sent to nobody."""
    return _TEST.search(path) is not None
