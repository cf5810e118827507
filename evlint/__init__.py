"""Find out who publishes what, who handles it, and which event-driven guidelines are broken."""

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("evlint")
    raise AttributeError(name)
