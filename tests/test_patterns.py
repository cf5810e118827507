"""Patterns mean what they mean to git."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from evlint.patterns import Patterns


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        pytest.param(["build"], "a/build", True, id="a name, anywhere"),
        pytest.param(["/build"], "a/build", None, id="a name at the top only"),
        pytest.param(["a/build"], "a/build", True, id="a path"),
        pytest.param(["a/build"], "b/a/build", None, id="a path is anchored"),
        pytest.param(["build/"], "build", None, id="a file where a folder is meant"),
        pytest.param(["*.py"], "a/b.py", True, id="an ending"),
        pytest.param(["a*c.py"], "x/abc.py", True, id="a star inside"),
        pytest.param(["a/*.py"], "a/b/c.py", None, id="a star holds no slash"),
        pytest.param(["a/**/c.py"], "a/c.py", True, id="two stars may be nothing"),
        pytest.param(["a/**/c.py"], "a/b/b/c.py", True, id="two stars may be much"),
        pytest.param(["a/**"], "a/b/c.py", True, id="all below"),
        pytest.param(["a/**"], "a", None, id="all below is not the folder itself"),
        pytest.param(["**/c.py"], "c.py", True, id="at any depth, none too"),
        pytest.param(["[ab].py"], "b.py", True, id="a bracket"),
        pytest.param(["[!a].py"], "b.py", True, id="a negated bracket"),
        pytest.param(["a[!x]b"], "a/b", None, id="a bracket holds no slash"),
        pytest.param(["[a\\-c]"], "b", None, id="an escaped hyphen is no range"),
        pytest.param(["[z-a]"], "z", None, id="a range that runs backwards"),
        pytest.param(["[a"], "[a", None, id="a bracket that is never closed"),
        pytest.param(["?.py"], "ab.py", None, id="a question mark is one character"),
        pytest.param(["\\!a"], "!a", True, id="an escaped exclamation mark"),
        pytest.param(["\\#a"], "#a", True, id="an escaped comment"),
        pytest.param(["#a"], "#a", None, id="a comment"),
        pytest.param(["a "], "a", True, id="a blank at the end does not count"),
        pytest.param(["a\\ "], "a ", True, id="an escaped blank does"),
        pytest.param(["a\\"], "a", None, id="a backslash at the end matches nothing"),
        pytest.param(["*.py\r"], "a.py", True, id="a line end of Windows"),
        pytest.param(["", "!", "/"], "a", None, id="lines that are no patterns"),
        pytest.param(["*.py", "!a.py"], "a.py", False, id="the last one decides, against"),
        pytest.param(["!a.py", "*.py"], "a.py", True, id="the last one decides, for"),
        pytest.param(["a", "!/b"], "b/a", True, id="what is said of a folder is not said of what is in it"),
        pytest.param(["\udcff"], "\udcff", True, id="bytes that are no text"),
        pytest.param(["a\nb"], "a\nb", True, id="a name of two lines"),
    ],
)
def test_a_pattern_speaks_of_a_file(lines: list[str], path: str, expected: bool | None) -> None:
    prefix, slash, name = path.rpartition("/")
    assert Patterns(lines).verdict(prefix + slash, name, folder=False) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        pytest.param("tests/", "tests/a/b.py", True, id="a folder covers what is in it"),
        pytest.param("tests/", "tests", False, id="a file is no folder"),
        pytest.param("tests/*.py", "tests/a.py", True, id="a file by its path"),
        pytest.param("tests", "shop/a.py", False, id="another folder"),
        pytest.param("tests", "", False, id="the folder itself"),
    ],
)
def test_a_pattern_covers_what_is_below(pattern: str, path: str, expected: bool) -> None:
    assert Patterns([pattern]).covers(path) is expected


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge")
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["*", "!*/", "!*.py"], id="nothing but one kind of file"),
        pytest.param(["/*", "!/a"], id="nothing but one folder"),
        pytest.param(["a/*", "!a/b"], id="one folder but one in it"),
        pytest.param(["b/", "!a/b/"], id="a folder but in one place"),
        pytest.param(["**/b/*.py", "!a.py"], id="files in a folder anywhere"),
    ],
)
def test_git_agrees(tmp_path: Path, lines: list[str]) -> None:
    paths = [f"{folder}{name}.py" for folder in ("", "a/", "a/b/", "b/", "b/a/") for name in "abc"]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / ".gitignore").write_text("\n".join(lines), encoding="utf-8")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)  # noqa: S607
    command = ["git", "ls-files", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, encoding="utf-8").stdout
    patterns = Patterns(lines)
    assert [path for path in sorted(paths) if not patterns.covers(path)] == sorted(listed.split())
