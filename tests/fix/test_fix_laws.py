"""What holds for every fix: the file parses, comments and all other lines stay, the finding is gone, once is enough."""

from __future__ import annotations

import importlib.util
import io
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evlint.fix.passes import identity
from evlint.model.run import Choice
from evlint.rulebook.examples import examples
from evlint.rulebook.pages import Page
from evlint.rulebook.selection import select
from tests.fix.operating import BUS, PAGES, found, operate, sent, texts

ALL = "ALL"
# Installed with evlint or for its tests, and full of events.
PACKAGES = ("aio_pika", "faststream", "watchfiles")


def hold(sources: Mapping[str, str], *codes: str) -> dict[str, str]:
    """Fix a program, and hold the outcome against the laws; returns the program after it."""
    selection = select(PAGES, Choice(select=codes))
    fixed = operate(sources, *codes, unsafe=True)
    after = texts(sources, fixed)
    for path in fixed.contents:
        compile(after[path], path, "exec")
        if not any(item.code == "EVL002" for item in fixed.cured):
            assert not Counter(comments(sources[path])) - Counter(comments(after[path]))
        assert kept(sources[path], after[path]) >= 0.5
    refused = {identity(item) for item, _ in fixed.refused}
    left, _ = found(after, selection)
    assert [item.message for item in left if item.cure is not None and identity(item) not in refused] == []
    assert operate(after, *codes, unsafe=True).contents == {}
    return after


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def kept(before: str, after: str) -> float:
    """The part of the lines that are as they were."""
    lines = before.splitlines()
    matcher = SequenceMatcher(None, lines, after.splitlines(), autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / len(lines)


def cases() -> Iterator[object]:
    for page in PAGES:
        for number, example in enumerate(examples(page)):
            if page.meta.fix != "none":
                yield pytest.param(page.code, example.files, id=f"{page.name}-{example.kind}-{example.title or number}")


@pytest.mark.parametrize(("code", "files"), list(cases()))
def test_the_examples_of_a_rule_are_fixed(code: str, files: dict[str, str]) -> None:
    hold(files, code)
    hold(files, ALL)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if page.meta.fix != "none"])
def test_a_page_says_how_its_findings_are_fixed(page: Page) -> None:
    assert "\n## Fix\n" in page.text
    offered = {
        finding.cure.safety
        for example in examples(page)
        for finding in found(example.files, select(PAGES, Choice(extend_select=(page.code,))))[0]
        if finding.cure is not None and finding.code == page.code
    }
    assert offered <= {"safe": {"safe"}, "unsafe": {"unsafe"}, "sometimes": {"safe", "unsafe"}}[page.meta.fix]
    assert offered


@pytest.mark.parametrize("kind", ["bad", "good"])
def test_the_fixtures_are_fixed(kind: str, root: Path) -> None:
    hold(read(root / "fixtures" / "payments" / kind), ALL)


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_are_fixed(name: str, lacking: Callable[[str], NoReturn]) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        lacking(f"{name} is not installed")
    hold(read(Path(spec.origin).parent), ALL)


def read(folder: Path) -> dict[str, str]:
    """The modules of a package."""
    return {
        path.relative_to(folder.parent).as_posix(): path.read_bytes().decode() for path in sorted(folder.rglob("*.py"))
    }


CLASSES = st.sampled_from(
    [
        "@dataclass\nclass OrderPlaced:",
        "@dataclass()\nclass OrderPlaced:",
        "@dataclass(eq=True,)\nclass OrderPlaced:",
        "@dataclass(\n    order=True,  # by time\n)\nclass OrderPlaced:",
        "@dataclasses.dataclass(frozen=False)\nclass OrderPlaced:  # a fact",
        "@attrs.define\nclass OrderPlaced:",
        "@attrs.define(kw_only=False)\nclass OrderPlaced(object):",
        "class OrderPlaced(BaseModel):",
        "class OrderPlaced(\n    BaseModel,\n):",
        "class OrderPlaced(BaseModel):\n    model_config = ConfigDict(extra='forbid')",
        "class OrderPlaced(BaseModel):\n    model_config = {}",
        "class OrderPlaced(msgspec.Struct):",
        "class OrderPlaced(msgspec.Struct, kw_only=False):",
    ]
)
FIELDS = st.lists(
    st.sampled_from(
        ["order_id: int", "name: str  # whose", "lines: list[str]", "tags: set[int]", "rates: dict[str, int]"]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
BETWEEN = st.sampled_from(["", "\n", "    # a remark\n", '    """What happened."""\n'])
HEAD = "import dataclasses\nimport attrs\nimport msgspec\nfrom dataclasses import dataclass\nfrom pydantic import BaseModel, ConfigDict\n\n"


@given(CLASSES, FIELDS, BETWEEN, st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=25, deadline=None)
def test_any_event_is_frozen_for_good(header: str, fields: list[str], between: str, newline: str) -> None:
    body = "".join(f"    {field}\n" for field in fields)
    events = f"{HEAD}{header}\n{between}{body}".replace("\n", newline)
    sources = {"bus.py": BUS, "events.py": events, "orders.py": sent("OrderPlaced", ", ".join(["x"] * len(fields)))}
    after = hold(sources, "EVL102", "EVL103")["events.py"]
    assert after.count(newline) == after.count("\n")
    assert is_frozen(after, fields)


def is_frozen(source: str, fields: list[str]) -> bool:
    """Whether an instance of the class, made with whatever fits, refuses another value."""
    names: dict[str, object] = {"__name__": "events"}
    exec(compile(source, "events.py", "exec", dont_inherit=True), names)  # noqa: S102  # its own test data
    values = {"order_id": 1, "name": "a", "lines": ("a",), "tags": {1}, "rates": {}}
    given = {name: values[name] for name in (field.partition(":")[0] for field in fields)}
    event = names["OrderPlaced"](**given)  # type: ignore[operator]
    name = next(iter(given))
    with pytest.raises((AttributeError, TypeError, ValueError)):
        setattr(event, name, given[name])
    return True
