"""Decide which rules run, how severe they are, and with which options."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.model.rule import Rule
from evlint.model.run import Choice, Level, Override
from evlint.patterns import Patterns
from evlint.rulebook.checks import load_rule
from evlint.rulebook.pages import ENGINE_CATEGORY, Page
from evlint.words.paths import is_test

# A file that was not read is never passed over because other rules were selected: only by name, or by its whole code.
ALWAYS = "EVL001"
ALL = "ALL"
EXACT = 100


class Exemption(msgspec.Struct, frozen=True):
    """An override with its patterns read and its selectors resolved to codes."""

    paths: Patterns
    ignored: frozenset[str]
    severities: dict[str, Level]


class Selection(msgspec.Struct, frozen=True):
    """The rules that run, by code, and how.

    `known` maps each code and name there is to its code. `complete` says that no rule that is on by default was left
    out but by being ignored. The rules `not_in_tests` judge test files only where an override gives them a severity.
    """

    rules: tuple[Rule, ...]
    options: dict[str, msgspec.Struct]
    severities: dict[str, Level]
    known: dict[str, str]
    complete: bool = True
    exemptions: tuple[Exemption, ...] = ()
    prefix: str = ""
    not_in_tests: frozenset[str] = frozenset()

    def rule(self, code: str) -> Rule | None:
        """Return the rule of that code, or None where it does not run."""
        return next((rule for rule in self.rules if rule.code == code), None)

    def codes_at(self, path: str) -> frozenset[str]:
        """Return the codes of the rules that are in force in the file `path`."""
        return frozenset(rule.code for rule in self.rules if self._level(rule.code, path) != "off")

    def adjust(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Give findings the severity that was chosen for them, and drop those of rules that are off in their file."""
        for finding in findings:
            level = self._level(finding.code, finding.location.path)
            if level is None or level == finding.severity:
                yield finding
            elif level != "off":
                yield msgspec.structs.replace(finding, severity=level)

    def _level(self, code: str, path: str) -> Level | None:
        level = "off" if code in self.not_in_tests and is_test(path) else self.severities.get(code)
        if self.exemptions:
            path = posixpath.normpath(posixpath.join(self.prefix, path))
        for exemption in self.exemptions:
            if exemption.paths.covers(path):
                level = "off" if code in exemption.ignored else exemption.severities.get(code, level)
        return level


def select(pages: Sequence[Page], choice: Choice) -> Selection:
    """Hold `choice` against the rules there are; whatever it names that is not there is refused."""
    strengths = _Strengths(pages)
    chosen = strengths.of((*(choice.select or ()), *choice.extend_select))
    refused = strengths.of((*choice.ignore, *(key for key, level in choice.severity.items() if level == "off")))
    selected: list[Page] = []
    complete = True
    for page in pages:
        is_meant = choice.ruleset is None or _is_in(choice.ruleset, page)
        is_default = page.meta.status == "default" and is_meant
        wanted = chosen.get(page.code, 0 if choice.select is None and is_default else -1)
        if not is_meant and wanted < EXACT:
            wanted = -1
        if page.code == ALWAYS:
            wanted = max(wanted, EXACT - 1)
        if wanted > refused.get(page.code, -1):
            selected.append(page)
        elif is_default and page.code not in refused:
            complete = False
    levels = _levels(strengths, choice.severity)
    return Selection(
        rules=tuple(_with_severity(load_rule(page), levels.get(page.code)) for page in selected),
        options=dict(_options(pages, strengths, choice.options)),
        severities=levels,
        known={key: page.code for page in pages for key in (page.code, page.name)},
        complete=complete,
        exemptions=tuple(_exemption(strengths, override) for override in choice.overrides),
        prefix=choice.prefix,
        # What tests send is sent to nobody, so only what is said of files and comments as such holds for them.
        not_in_tests=frozenset(page.code for page in selected if page.category != ENGINE_CATEGORY),
    )


def _is_in(ruleset: str, page: Page) -> bool:
    """Tell whether the rule had its status in that version already; `0.1` includes `0.1.5`.

    Rules of other packages have versions of their own.
    """
    wanted = _numbers(ruleset)
    return bool(page.pack) or _numbers(page.meta.since)[: len(wanted)] <= wanted


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _with_severity(rule: Rule, level: Level | None) -> Rule:
    if level is None or level == "off":
        return rule
    return msgspec.structs.replace(rule, meta=msgspec.structs.replace(rule.meta, severity=level))


class _Strengths:
    """How strongly selectors speak of rules: the more of a code they spell, the stronger."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = pages

    def of(self, selectors: Iterable[str]) -> dict[str, int]:
        """Map the codes that `selectors` cover to the strength of the strongest."""
        found: dict[str, int] = {}
        for selector in selectors:
            for code, strength in self._cover(selector):
                found[code] = max(strength, found.get(code, 0))
        return found

    def _cover(self, selector: str) -> list[tuple[str, int]]:
        spelled = selector.strip().upper()
        if spelled == ALL:
            return [(page.code, 0) for page in self._pages]
        exact = [(page.code, EXACT) for page in self._pages if spelled in (page.code, page.name.upper())]
        begun = [(page.code, len(spelled)) for page in self._pages if spelled and page.code.startswith(spelled)]
        if not (exact or begun):
            raise unknown(selector, self._pages)
        return exact or begun


def unknown(selector: str, pages: Sequence[Page]) -> UsageError:
    """Make the error for a rule that does not exist, with the nearest that does."""
    spellings = {key.upper(): key for page in pages for key in (page.code, page.name)}
    near = get_close_matches(selector.strip().upper(), spellings, 1)
    hint = f"did you mean `{spellings[near[0]]}`?" if near else "`evlint rules` lists them all"
    return UsageError(f"unknown rule `{selector}`", hint)


def _levels(strengths: _Strengths, severity: Mapping[str, Level]) -> dict[str, Level]:
    """Map codes to their severity; the strongest selector decides, and of equals the last."""
    levels: dict[str, tuple[int, Level]] = {}
    for selector, level in severity.items():
        for code, strength in strengths.of([selector]).items():
            if strength >= levels.get(code, (-1, level))[0]:
                levels[code] = (strength, level)
    return {code: level for code, (_, level) in levels.items()}


def _exemption(strengths: _Strengths, override: Override) -> Exemption:
    ignored = frozenset(strengths.of(override.ignore))
    return Exemption(Patterns(override.paths), ignored, _levels(strengths, override.severity))


def _options(
    pages: Sequence[Page], strengths: _Strengths, options: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, msgspec.Struct]]:
    for key, table in options.items():
        page = next((page for page in pages if key in (page.name, page.code)), None)
        if page is None:
            raise unknown(key, pages)
        rule = load_rule(page)
        if rule.options is None:
            raise UsageError(f"`rules.{key}`: the rule `{rule.name}` has no options")
        yield page.code, _convert(f"rules.{key}", table, rule.options)


def _convert(place: str, table: Mapping[str, Any], options: type[msgspec.Struct]) -> msgspec.Struct:
    """Check the options of one rule; their names may be written with dashes or underscores."""
    names = {field.encode_name.replace("_", "-"): field.encode_name for field in msgspec.structs.fields(options)}
    for key in table:
        if key.replace("_", "-") not in names:
            near = get_close_matches(key.replace("_", "-"), names, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"the options are {', '.join(names)}"
            raise UsageError(f"`{place}`: unknown option `{key}`", hint)
    try:
        return msgspec.convert({names[key.replace("_", "-")]: value for key, value in table.items()}, options)
    except msgspec.ValidationError as error:
        raise UsageError(f"`{place}`: {error}") from error
