"""What is not understood in a configuration is refused by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evlint import config
from evlint.config import Config
from evlint.model.errors import UsageError
from evlint.model.run import Override

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that is also the working directory."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        config.parse(tomllib.loads(text), Path("evlint.toml"))
    return str(caught.value)


def test_every_key_is_read() -> None:
    text = """
        ruleset = "0.1"
        select = ["EVL1", "orphan-event"]
        extend-select = ["EVL401"]
        ignore = ["EVL102"]
        severity = { EVL201 = "error", orphan-event = "off" }
        fail-on = "error"
        exclude = ["old"]
        extend-exclude = ["new"]
        respect-gitignore = false
        cache-dir = "cache"
        jobs = 2
        rules.oversized-event.limit = 3
        overrides = [{ paths = ["tests"], ignore = ["ALL"], severity = { EVL1 = "info" } }]
        dialects = ["bus.toml"]
        dialect = [{ schema = 1 }]
        dialects-on = ["home_assistant"]
        dialects-off = ["celery"]
        external = ["billing.*"]
    """
    assert config.parse(tomllib.loads(text)) == Config(
        ruleset="0.1",
        select=("EVL1", "orphan-event"),
        extend_select=("EVL401",),
        ignore=("EVL102",),
        severity={"EVL201": "error", "orphan-event": "off"},
        fail_on="error",
        exclude=("old",),
        extend_exclude=("new",),
        respect_gitignore=False,
        cache_dir="cache",
        jobs=2,
        rules={"oversized-event": {"limit": 3}},
        overrides=(Override(paths=("tests",), ignore=("ALL",), severity={"EVL1": "info"}),),
        dialects=("bus.toml",),
        dialect=({"schema": 1},),
        dialects_on=("home_assistant",),
        dialects_off=("celery",),
        external=("billing.*",),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("selct = []", "unknown key `selct`; did you mean `select`?", id="a slip"),
        pytest.param(
            "extend_select = []", "unknown key `extend_select`; did you mean `extend-select`?", id="an underscore"
        ),
        pytest.param("path = 'x'", "unknown key `path`", id="what evlint itself adds"),
        pytest.param(
            "[[overrides]]\npath = []", "unknown key `overrides[0].path`; did you mean `paths`?", id="in a list"
        ),
        pytest.param(
            "[[overrides]]\nignore = []", "`overrides[0]`: object missing required field `paths`", id="missing"
        ),
        pytest.param("select = 'EVL1'", "`select`: expected list, got string", id="a string for a list"),
        pytest.param("select = [1]", "`select[0]`: expected string, got `int`", id="a number for a string"),
        pytest.param("ruleset = 'latest'", "`ruleset`: expected string matching regex", id="a ruleset of no version"),
        pytest.param("jobs = 0", "`jobs`: expected `int` >= 1", id="too small a number"),
        pytest.param("fail-on = 'never'", "`fail-on`: invalid enum value 'never'", id="an unknown severity"),
        pytest.param(
            "severity.EVL1 = 'fatal'",
            "`severity.EVL1` must be one of error, warning, info, off, not 'fatal'",
            id="an unknown severity under a code",
        ),
        pytest.param(
            "[[overrides]]\npaths = []\nseverity.EVL1 = 3",
            "`overrides[0].severity.EVL1` must be one of error, warning, info, off, not 3",
            id="an unknown severity in a list",
        ),
        pytest.param("rules.x = 3", "`rules.x` must be a table of options, not 3", id="options that are no table"),
        pytest.param("overrides = [1]", "`overrides[0]`: expected table, got `int`", id="an override that is no table"),
    ],
)
def test_mistakes_are_named(text: str, expected: str) -> None:
    assert expected in refused(text)


def test_mistakes_name_the_file() -> None:
    assert refused("x = 1").startswith("evlint.toml: ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"select = [", "evlint.toml: not valid TOML", id="a syntax error"),
        pytest.param(b"\xff", "evlint.toml: not valid TOML", id="bytes that are no text"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(project: Path, content: bytes, expected: str) -> None:
    (project / "evlint.toml").write_bytes(content)
    with pytest.raises(UsageError, match=expected):
        config.load(project / "evlint.toml")


def test_a_file_that_cannot_be_read_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml: cannot be read"):
        config.load(project / "gone.toml")


def test_a_pyproject_that_is_named_must_speak_of_evlint(project: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no \[tool.evlint\] table"):
        config.load(write(project / "pyproject.toml", "[tool.other]\n"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("evlint.toml", "jobs = 3", id="evlint.toml"),
        pytest.param("evlint.toml", "[tool.evlint]\njobs = 3", id="evlint.toml written like pyproject.toml"),
        pytest.param("pyproject.toml", "[tool.evlint]\njobs = 3", id="pyproject.toml"),
    ],
)
def test_both_files_are_read(project: Path, name: str, text: str) -> None:
    assert config.load(write(project / name, text)).jobs == 3


def test_the_nearest_file_is_found(project: Path) -> None:
    write(project / "evlint.toml", "")
    near = write(project / "shop" / "pyproject.toml", "[tool.evlint]")
    assert config.find(project / "shop") == near


def test_a_pyproject_without_the_table_is_passed_over(project: Path) -> None:
    above = write(project / "evlint.toml", "")
    write(project / "shop" / "pyproject.toml", "[project]\nname = 'uses evlint'")
    assert config.find(project / "shop") == above


def test_a_broken_pyproject_of_others_is_passed_over(project: Path) -> None:
    write(project / "pyproject.toml", "this is [ no TOML")
    assert config.find(project) is None


def test_the_search_ends_at_the_git_repository(project: Path) -> None:
    write(project / "evlint.toml", "")
    (project / "inner" / ".git").mkdir(parents=True)
    assert config.find(project / "inner") is None


def test_evlint_toml_is_stronger_than_pyproject(project: Path) -> None:
    write(project / "pyproject.toml", "[tool.evlint]")
    own = write(project / "evlint.toml", "")
    assert config.find(project) == own


def test_dialects_are_relative_to_the_configuration(project: Path) -> None:
    read = config.load(write(project / "conf" / "evlint.toml", "dialects = ['bus.toml']"))
    assert read.dialect_files == (project / "conf" / "bus.toml",)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        pytest.param(".", "", id="beside it"),
        pytest.param("shop", "shop", id="below it"),
    ],
)
def test_overrides_learn_where_the_working_directory_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, folder: str, expected: str
) -> None:
    read = config.load(write(project / "evlint.toml", ""))
    (project / folder).mkdir(exist_ok=True)
    monkeypatch.chdir(project / folder)
    assert read.choice.prefix == expected
