"""Where the built-in pack of rules and dialects is."""

from pathlib import Path


def builtin() -> Path:
    """Return the built-in pack: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"
