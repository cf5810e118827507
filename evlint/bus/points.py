"""Named points between the steps of the engine, where tests let it crash.

`publish.written`, `fan_out.inserted`, `fan_out.committed`, `deliver.claimed`, `deliver.handled`, `deliver.committed`,
`lease.claimed`, `lease.handled`, `retry.before_write`, `dead.before_alert`, `receive.stored`, `relay.sent`
"""

from __future__ import annotations

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def point(name: str) -> None:
    """Tell whoever watches that this point is reached."""
    if _hook is not None:
        _hook(name)


def watch(hook: Callable[[str], None] | None) -> None:
    """Let `hook` be called at each point; None ends it."""
    global _hook  # noqa: PLW0603 - the engine's threads must all see it
    _hook = hook
