"""Packs are read strictly, and rules run as they were chosen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from evlint.flow import Flow
from evlint.model.errors import UsageError
from evlint.model.finding import Finding
from evlint.model.program import Program, SkippedFile
from evlint.model.run import Choice, Override
from evlint.model.source import Location, Span
from evlint.pack import builtin
from evlint.rulebook import find, load, run, unreadable
from evlint.rulebook.checks import load_rule
from evlint.rulebook.pages import Page
from evlint.rulebook.selection import Selection, select

PAGE = """\
+++
code = "{code}"
severity = "warning"
status = "{status}"
since = "0.1.0"
summary = "Something is wrong"
guideline = "Do it right."
+++

# A page
"""
CHECK = """
from evlint.model.source import Location, Span

def check(flow, rule):
    for path in ("b.py", "a.py", "a.py"):
        yield rule.finding(Location(path, Span(1, 1, 1, 2)), "wrong", key="k")
"""
CHECK_WITH_OPTIONS = """
from __future__ import annotations
import msgspec
from evlint.model.source import Location, Span

class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    most_fields: int = 10

def check(flow, rule, options):
    yield rule.finding(Location("a.py", Span(1, 1, 1, 2)), f"more than {options.most_fields}")
"""
CRASH = """
def check(flow, rule):
    raise KeyError("gone")
    yield
"""
RULES = {
    "hygiene/unreadable_file": ("EVL001", "default", None),
    "events/mutable_event": ("EVL102", "default", CHECK),
    "events/oversized_event": ("EVL108", "preview", CHECK_WITH_OPTIONS),
    "flow/orphan_event": ("EVL401", "default", CHECK),
}
FLOW = Flow(Program())


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of four rules: one of the engine, one with options that is in preview, two more."""
    for stem, (code, status, check) in RULES.items():
        write(tmp_path / f"{stem}.md", PAGE.format(code=code, status=status))
        if check:
            write(tmp_path / f"{stem}.py", check)
    return tmp_path


def codes(pack: Path, **choice: Any) -> list[str]:
    return [rule.code for rule in chosen(pack, **choice).rules]


def chosen(pack: Path, **choice: Any) -> Selection:
    return select(load(pack), Choice(**choice))


def finding(code: str = "EVL102", path: str = "a.py") -> Finding:
    return Finding(code, "mutable-event", "warning", "wrong", Location(path, Span(1, 1, 1, 2)))


def test_pages_are_read(pack: Path) -> None:
    page = find(load(pack), "mutable-event")
    assert page == Page(
        "mutable-event",
        "events",
        page.meta,
        "# A page\n",
        pack / "events" / "mutable_event.md",
        pack / "events" / "mutable_event.py",
    )


def test_pages_are_sorted_by_code(pack: Path) -> None:
    assert [page.code for page in load(pack)] == ["EVL001", "EVL102", "EVL108", "EVL401"]


def test_what_is_no_rule_is_passed_over(pack: Path) -> None:
    for path in ("README.md", "dialects/kafka.toml", "events/__init__.py", "events/__pycache__/x.pyc", ".git/x.md"):
        write(pack / path, "")
    assert len(load(pack)) == len(RULES)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("events/x.py", "", "x.py: the check has no page; write x.md beside it", id="a check alone"),
        pytest.param("events/x.md", PAGE, "x.md: the page has no check; write x.py beside it", id="a page alone"),
        pytest.param("events/x.txt", "", "x.txt: neither the page nor the check", id="something else"),
        pytest.param("hygiene/Bad-Name.md", "", "the name of a rule is of small letters", id="a name with dashes"),
        pytest.param(
            "hygiene/x.md", "# No front matter", "the page must begin with front matter", id="no front matter"
        ),
        pytest.param(
            "hygiene/x.md", "+++\ncode = 1\n", "the page must begin with front matter", id="an open front matter"
        ),
        pytest.param("hygiene/x.md", "+++\ncode =\n+++\n", "x.md: front matter: Invalid value", id="no TOML"),
        pytest.param("hygiene/x.md", "+++\ncolour = 1\n+++\n", "unknown field `colour`", id="an unknown key"),
        pytest.param("hygiene/x.md", PAGE.replace("warning", "fatal"), "Invalid enum value 'fatal'", id="a severity"),
        pytest.param("hygiene/x.md", PAGE.format(code="evl1", status="default"), "`evl1` is no code", id="a code"),
        pytest.param(
            "hygiene/x.md", PAGE.format(code="EVL102", status="default"), "`EVL102` is taken by", id="a code again"
        ),
        pytest.param(
            "hygiene/orphan_event.md", PAGE.format(code="X999", status="default"), "is no code", id="one letter"
        ),
        pytest.param(
            "hygiene/orphan_event.md",
            PAGE.format(code="XY999", status="default"),
            "`orphan-event` is taken",
            id="a name",
        ),
    ],
)
def test_an_odd_pack_is_refused(pack: Path, path: str, text: str, expected: str) -> None:
    write(pack / path, text)
    with pytest.raises(UsageError) as caught:
        load(pack)
    assert expected in str(caught.value)


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such pack"):
        load(tmp_path / "gone")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        pytest.param("import nonsense", "cannot be imported: ModuleNotFoundError", id="an import that fails"),
        pytest.param("def check(", "cannot be imported: SyntaxError", id="a syntax error"),
        pytest.param("x = 1", "there is no function `check`", id="no check"),
        pytest.param(
            "def check(): ...\nclass Options: ...", "`Options` must be a frozen", id="options of another kind"
        ),
    ],
)
def test_an_odd_check_is_refused(pack: Path, check: str, expected: str) -> None:
    write(pack / "events" / "mutable_event.py", check)
    with pytest.raises(UsageError, match=expected):
        chosen(pack)


def test_checks_are_imported_only_for_rules_that_run(pack: Path) -> None:
    write(pack / "events" / "mutable_event.py", "raise RuntimeError")
    assert codes(pack, ignore=("EVL102",)) == ["EVL001", "EVL401"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param({}, ["EVL001", "EVL102", "EVL401"], id="the default rules"),
        pytest.param({"select": ("ALL",)}, ["EVL001", "EVL102", "EVL108", "EVL401"], id="all"),
        pytest.param({"select": ("EVL1",)}, ["EVL001", "EVL102", "EVL108"], id="a beginning"),
        pytest.param({"select": ("EVL401",)}, ["EVL001", "EVL401"], id="a code"),
        pytest.param({"select": ("orphan-event",)}, ["EVL001", "EVL401"], id="a name"),
        pytest.param({"select": ("evl401", "Mutable-Event")}, ["EVL001", "EVL102", "EVL401"], id="in any case"),
        pytest.param({"select": ()}, ["EVL001"], id="none but that no file is passed over"),
        pytest.param({"extend_select": ("EVL108",)}, ["EVL001", "EVL102", "EVL108", "EVL401"], id="one besides"),
        pytest.param({"ignore": ("EVL1",)}, ["EVL001", "EVL401"], id="but a beginning"),
        pytest.param({"ignore": ("ALL",)}, ["EVL001"], id="but all"),
        pytest.param({"ignore": ("EVL001",)}, ["EVL102", "EVL401"], id="even unreadable files, by the whole code"),
        pytest.param({"select": ("EVL102",), "ignore": ("EVL1",)}, ["EVL001", "EVL102"], id="the longer one wins"),
        pytest.param(
            {"select": ("EVL1",), "ignore": ("EVL102",)}, ["EVL001", "EVL108"], id="the longer one wins again"
        ),
        pytest.param({"select": ("EVL102",), "ignore": ("EVL102",)}, ["EVL001"], id="of equals, ignore wins"),
        pytest.param({"severity": {"EVL102": "off"}}, ["EVL001", "EVL401"], id="off is ignored"),
    ],
)
def test_rules_are_selected(pack: Path, choice: dict[str, Any], expected: list[str]) -> None:
    assert codes(pack, **choice) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param({"ruleset": "0.1"}, ["EVL001", "EVL102"], id="the default rules"),
        pytest.param({"ruleset": "0.1", "select": ("ALL",)}, ["EVL001", "EVL102", "EVL108"], id="all"),
        pytest.param({"ruleset": "0.1", "extend_select": ("EVL4",)}, ["EVL001", "EVL102"], id="a beginning"),
        pytest.param({"ruleset": "0.1", "extend_select": ("EVL401",)}, ["EVL001", "EVL102", "EVL401"], id="a code"),
        pytest.param({"ruleset": "0.2"}, ["EVL001", "EVL102", "EVL401"], id="that version itself"),
        pytest.param({"ruleset": "0.2.0"}, ["EVL001", "EVL102"], id="an earlier patch"),
        pytest.param({"ruleset": "0.10"}, ["EVL001", "EVL102", "EVL401"], id="numbers, not texts"),
    ],
)
def test_rules_that_came_after_the_ruleset_do_not_run(pack: Path, choice: dict[str, Any], expected: list[str]) -> None:
    page = pack / "flow/orphan_event.md"
    page.write_text(page.read_text().replace('since = "0.1.0"', 'since = "0.2.1"'))
    assert codes(pack, **choice) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param({"select": ("EVL402",)}, "unknown rule `EVL402`; did you mean `EVL401`?", id="select"),
        pytest.param(
            {"ignore": ("orphan_event",)}, "unknown rule `orphan_event`; did you mean `orphan-event`?", id="ignore"
        ),
        pytest.param({"extend_select": ("",)}, "unknown rule ``", id="nothing"),
        pytest.param({"severity": {"E501": "off"}}, "unknown rule `E501`", id="severity"),
        pytest.param({"options": {"orphan": {}}}, "unknown rule `orphan`; did you mean `orphan-event`?", id="options"),
        pytest.param({"overrides": (Override(paths=(), ignore=("X",)),)}, "unknown rule `X`", id="overrides"),
        pytest.param({"options": {"EVL401": {}}}, "`rules.EVL401`: the rule `orphan-event` has no options", id="none"),
        pytest.param(
            {"options": {"oversized-event": {"most-field": 1}}},
            "`rules.oversized-event`: unknown option `most-field`; did you mean `most-fields`?",
            id="an unknown option",
        ),
        pytest.param(
            {"options": {"oversized-event": {"most-fields": "1"}}},
            "Expected `int`, got `str`",
            id="an option of a wrong type",
        ),
    ],
)
def test_what_is_not_there_cannot_be_chosen(pack: Path, choice: dict[str, Any], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(pack, **choice)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param({}, True, id="the default rules"),
        pytest.param({"ignore": ("EVL102",)}, True, id="all but what is ignored for good"),
        pytest.param({"select": ("EVL102",)}, False, id="one"),
    ],
)
def test_a_selection_knows_whether_it_is_complete(pack: Path, choice: dict[str, Any], expected: bool) -> None:
    assert chosen(pack, **choice).complete is expected


def test_severities_are_chosen(pack: Path) -> None:
    selection = chosen(pack, severity={"EVL1": "info", "mutable-event": "error", "ALL": "info"})
    assert [rule.meta.severity for rule in selection.rules] == ["info", "error", "info"]


@pytest.mark.parametrize(
    ("overrides", "path", "expected"),
    [
        pytest.param([Override(paths=("tests/",), ignore=("EVL1",))], "tests/a.py", None, id="ignored below a folder"),
        pytest.param([Override(paths=("tests/",), ignore=("EVL1",))], "shop/a.py", "warning", id="not elsewhere"),
        pytest.param([Override(paths=("*.py",), severity={"ALL": "info"})], "a.py", "info", id="less severe"),
        pytest.param([Override(paths=("*.py",), severity={"EVL102": "off"})], "a.py", None, id="off"),
        pytest.param(
            [Override(paths=("*.py",), ignore=("ALL",)), Override(paths=("a.py",), severity={"EVL102": "error"})],
            "a.py",
            "error",
            id="the later wins",
        ),
    ],
)
def test_overrides_hold_for_their_paths(pack: Path, overrides: list[Override], path: str, expected: str | None) -> None:
    adjusted = list(chosen(pack, overrides=tuple(overrides)).adjust([finding(path=path)]))
    assert [each.severity for each in adjusted] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        pytest.param("shop", "tests/a.py", id="from a folder below the configuration"),
        pytest.param("other", "../shop/tests/a.py", id="from the folder beside"),
    ],
)
def test_paths_of_overrides_are_relative_to_the_configuration(pack: Path, prefix: str, path: str) -> None:
    override = Override(paths=("/shop/tests",), ignore=("EVL102",))
    assert "EVL102" not in chosen(pack, overrides=(override,), prefix=prefix).codes_at(path)


def test_findings_are_sorted_and_there_once(pack: Path) -> None:
    found = run(chosen(pack, select=("EVL102", "EVL401")), FLOW)
    assert [(each.location.path, each.code) for each in found] == [
        ("a.py", "EVL102"),
        ("a.py", "EVL401"),
        ("b.py", "EVL102"),
        ("b.py", "EVL401"),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, "more than 10", id="the default"),
        pytest.param({"oversized-event": {"most-fields": 3}}, "more than 3", id="with dashes"),
        pytest.param({"EVL108": {"most_fields": 3}}, "more than 3", id="with underscores, under the code"),
    ],
)
def test_checks_receive_their_options(pack: Path, options: dict[str, Any], expected: str) -> None:
    found = run(chosen(pack, select=("EVL108",), options=options), FLOW)
    assert [each.message for each in found] == [expected]


def test_a_check_that_fails_ends_the_run_by_name(pack: Path) -> None:
    write(pack / "flow" / "orphan_event.py", CRASH)
    with pytest.raises(
        UsageError, match=r"rule `orphan-event` \(EVL401\) failed: KeyError: 'gone' at .*orphan_event.py:3"
    ):
        run(chosen(pack), FLOW)


def test_a_check_that_fails_can_be_debugged(pack: Path) -> None:
    write(pack / "flow" / "orphan_event.py", CRASH)
    with pytest.raises(KeyError):
        run(chosen(pack), FLOW, debug=True)


def test_files_that_were_skipped_are_findings(pack: Path) -> None:
    program = Program(skipped=(SkippedFile("b.py", "no"), SkippedFile("a.py", "invalid syntax", 3, 7)))
    found = unreadable(program, chosen(pack))
    assert [(each.code, each.location, each.message) for each in found] == [
        ("EVL001", Location("a.py", Span(3, 7, 3, 7)), "not analysed: invalid syntax"),
        ("EVL001", Location("b.py", Span(1, 1, 1, 1)), "not analysed: no"),
    ]


def test_files_that_were_skipped_can_be_ignored(pack: Path) -> None:
    program = Program(skipped=(SkippedFile("b.py", "no"),))
    assert unreadable(program, chosen(pack, ignore=("EVL001",))) == ()


def test_the_built_in_rules_can_all_be_loaded() -> None:
    assert all(load_rule(page).check or page.category == "hygiene" for page in load(builtin()))


def test_two_packs_may_have_rules_of_one_stem(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other / "events" / "mutable_event.md", PAGE.format(code="XY102", status="default"))
    write(other / "events" / "mutable_event.py", CHECK_WITH_OPTIONS)
    without, having = load_rule(find(load(pack), "mutable-event")), load_rule(find(load(other), "mutable-event"))
    assert without.options is None
    assert having.options is not None


def test_reading_pages_imports_no_check(pack: Path) -> None:
    load(pack)
    assert not [name for name in sys.modules if name.startswith(str(pack))]


def test_options_that_are_not_given_have_their_defaults(pack: Path) -> None:
    (options,) = chosen(pack, options={"EVL108": {}}).options.values()
    assert msgspec.structs.asdict(options) == {"most_fields": 10}
