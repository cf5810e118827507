"""A rule: its page's front matter, and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from evlint.model.finding import Cause, Cure, Finding, Related, Severity
from evlint.model.source import Location

if TYPE_CHECKING:
    from evlint.flow import Flow

Check = Callable[..., Iterator[Finding]]


class RuleMeta(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The front matter of a rule's page, the only place where these are said.

    `since` is the version from which on the rule has had its status. `fix` tells whether `--fix` cures its findings:
    safely, with `--unsafe-fixes` only, or some of them only.
    """

    code: str
    severity: Severity
    status: Literal["default", "preview"]
    since: Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)*$")]
    summary: str
    guideline: str
    fix: Literal["none", "safe", "unsafe", "sometimes"] = "none"


class Rule(msgspec.Struct, frozen=True):
    """A rule as loaded from its page and check; `check` is None where the engine itself reports the finding."""

    name: str
    category: str
    meta: RuleMeta
    page: str
    check: Check | None
    options: type[msgspec.Struct] | None = None

    @property
    def code(self) -> str:
        return self.meta.code

    def run(self, flow: Flow, options: Any = None) -> Iterator[Finding]:
        """Yield the findings of the check, with `options` where the check declares some."""
        if self.check is None:
            return iter(())
        if self.options is None:
            return self.check(flow, self)
        return self.check(flow, self, options if options is not None else self.options())

    def finding(
        self,
        location: Location,
        message: str,
        *,
        event: str = "",
        related: tuple[Related, ...] = (),
        cure: Cure | None = None,
        key: str = "",
        severity: Severity | None = None,
        cause: Cause | None = None,
    ) -> Finding:
        """Make a finding of this rule; `key` defaults to the event or the message."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.meta.severity,
            message=message,
            location=location,
            event=event,
            related=related,
            cure=cure,
            key=key or event or message,
            cause=cause,
        )
