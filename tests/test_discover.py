"""Every Python file is found once, and what cannot be read is named."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from evlint.discover import discover
from evlint.model.errors import UsageError

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs links and odd names")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository below the working directory's parent, and the working directory."""
    project = tmp_path / "project"
    (project / ".git" / "info").mkdir(parents=True)
    monkeypatch.chdir(project)
    return project


def touch(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()


def ignore(path: str, *lines: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("\n".join(lines), encoding="utf-8")


def found(*paths: str, **options: Any) -> tuple[str, ...]:
    return discover(paths or (".",), root=options.pop("root", Path.cwd()), **options).files


def skipped(*paths: str) -> dict[str, str]:
    return {file.path: file.reason for file in discover(paths or (".",), root=Path.cwd()).skipped}


def test_files_are_sorted_and_relative(project: Path) -> None:
    touch("b.py", "a/b.py", "a/a.pyi", "a.txt", "Makefile")
    assert found() == ("a/a.pyi", "a/b.py", "b.py")


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param([".", "a"], id="a folder and one in it"),
        pytest.param(["a", "."], id="the other way round"),
        pytest.param(["a/b.py", "./a/../a/b.py", "a"], id="a file in several spellings"),
    ],
)
def test_each_file_is_found_once(project: Path, paths: list[str]) -> None:
    touch("a/b.py")
    assert found(*paths) == ("a/b.py",)


def test_absolute_paths_are_made_relative(project: Path) -> None:
    touch("a.py")
    assert found(str(project / "a.py")) == ("a.py",)


def test_files_outside_have_a_path_up(project: Path) -> None:
    touch("../other/a.py")
    assert found("../other") == ("../other/a.py",)


def test_a_stub_beside_its_module_is_dropped(project: Path) -> None:
    touch("a.py", "a.pyi", "b.pyi")
    assert found() == ("a.py", "b.pyi")


def test_a_stub_that_is_named_alone_is_read(project: Path) -> None:
    touch("a.py", "a.pyi")
    assert found("a.pyi") == ("a.pyi",)


def test_a_file_that_is_named_need_not_be_called_python(project: Path) -> None:
    touch("script", "build/a.py")
    ignore(".gitignore", "script")
    assert found("script", "build/a.py") == ("build/a.py", "script")


def test_a_folder_that_is_called_like_a_file_is_walked(project: Path) -> None:
    touch("a.py/b.py")
    assert found() == ("a.py/b.py",)


@pytest.mark.parametrize(
    "folder", ["node_modules", ".venv", "build", "__pycache__", "x.egg-info", "a/b/site-packages", ".evlint_cache"]
)
def test_folders_that_hold_no_code_of_the_project_are_not_walked(project: Path, folder: str) -> None:
    touch(f"{folder}/a.py")
    assert found() == ()


def test_an_excluded_folder_that_is_named_is_walked(project: Path) -> None:
    touch("build/a.py", "build/node_modules/b.py")
    assert found("build") == ("build/a.py",)


def test_exclude_replaces_the_defaults(project: Path) -> None:
    touch("build/a.py", "old/b.py")
    assert found(exclude=["old"]) == ("build/a.py",)


def test_extend_exclude_adds_to_the_defaults(project: Path) -> None:
    touch("build/a.py", "old/b.py", "new/c.py", "new/gen/d.py")
    assert found(extend_exclude=["old", "new/gen"]) == ("new/c.py",)


def test_excludes_are_relative_to_the_root(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch("a/gen/x.py", "gen/y.py")
    monkeypatch.chdir("a")
    assert found(".", "../gen", root=project, extend_exclude=["/a/gen"]) == ("../gen/y.py",)


@pytest.mark.parametrize(
    ("ignores", "expected"),
    [
        pytest.param({".gitignore": ["gen"]}, ("a/b.py", "b.py"), id="a folder anywhere"),
        pytest.param({".gitignore": ["b.py"]}, ("a/gen/c.py",), id="a file anywhere"),
        pytest.param({".gitignore": ["/b.py"]}, ("a/b.py", "a/gen/c.py"), id="a file at the top"),
        pytest.param({"a/.gitignore": ["/b.py"]}, ("a/gen/c.py", "b.py"), id="a nested file"),
        pytest.param(
            {".gitignore": ["b.py"], "a/.gitignore": ["!b.py"]}, ("a/b.py", "a/gen/c.py"), id="the nearer wins"
        ),
        pytest.param({".git/info/exclude": ["gen"]}, ("a/b.py", "b.py"), id="the repository's own"),
        pytest.param(
            {".git/info/exclude": ["b.py"], ".gitignore": ["!b.py"]}, ("a/b.py", "a/gen/c.py", "b.py"), id="is weaker"
        ),
        pytest.param({"../.gitignore": ["*.py"]}, ("a/b.py", "a/gen/c.py", "b.py"), id="none beyond the repository"),
    ],
)
def test_git_ignores_are_respected(project: Path, ignores: dict[str, list[str]], expected: tuple[str, ...]) -> None:
    touch("b.py", "a/b.py", "a/gen/c.py")
    for path, lines in ignores.items():
        ignore(path, *lines)
    assert found() == expected


def test_git_ignores_need_not_be_respected(project: Path) -> None:
    touch("a.py")
    ignore(".gitignore", "*.py")
    assert found(respect_gitignore=False) == ("a.py",)


def test_ignore_files_above_the_walked_folder_count(project: Path) -> None:
    touch("a/b/gen/c.py", "a/b/d.py")
    ignore(".gitignore", "/a/b/gen")
    assert found("a/b") == ("a/b/d.py",)


def test_ignore_files_count_without_a_repository(project: Path) -> None:
    (project / ".git" / "info").rmdir()
    (project / ".git").rmdir()
    touch("gen/a.py", "b.py")
    ignore(".gitignore", "gen")
    assert found() == ("b.py",)


def test_an_ignored_folder_that_is_named_is_walked(project: Path) -> None:
    touch("gen/a.py", "gen/local/b.py")
    ignore(".gitignore", "/gen/", "local/")
    assert found("gen") == ("gen/a.py",)


def test_a_worktree_has_the_excludes_of_its_repository(project: Path) -> None:
    touch("../tree/a.py", "../tree/gen/b.py")
    ignore("../tree/.git", f"gitdir: {project}/.git/worktrees/tree\n")
    ignore(".git/worktrees/tree/commondir", "../..\n")
    ignore(".git/info/exclude", "gen")
    assert found("../tree", root=project.parent / "tree") == ("../tree/a.py",)


@POSIX
def test_links_are_followed_once(project: Path) -> None:
    touch("a/b.py")
    Path("a/up").symlink_to("..")
    Path("again").symlink_to("a")
    Path("c.py").symlink_to("a/b.py")
    assert found() == ("a/b.py",)


@POSIX
def test_a_link_is_the_only_way_to_a_file(project: Path) -> None:
    touch("../elsewhere/b.py", "build/real/c.py")
    Path("b.py").symlink_to("../elsewhere/b.py")
    Path("real").symlink_to("build/real")
    assert found() == ("b.py", "real/c.py")


@POSIX
def test_a_link_out_of_the_project_is_not_walked(project: Path) -> None:
    touch("../elsewhere/b.py")
    Path("elsewhere").symlink_to("../elsewhere")
    assert found() == ()


@POSIX
def test_a_link_that_is_named_is_walked(project: Path) -> None:
    touch("../elsewhere/b.py")
    Path("elsewhere").symlink_to("../elsewhere")
    assert found("elsewhere") == ("elsewhere/b.py",)


@POSIX
def test_links_that_lead_nowhere_are_named(project: Path) -> None:
    Path("a.py").symlink_to("gone.py")
    Path("b.py").symlink_to("b.py")
    Path("c.txt").symlink_to("gone.txt")
    assert skipped() == dict.fromkeys(("a.py", "b.py"), "a symbolic link that leads nowhere")


@POSIX
def test_a_link_that_leads_nowhere_and_is_named_is_no_missing_file(project: Path) -> None:
    Path("a.py").symlink_to("gone.py")
    assert skipped("a.py") == {"a.py": "cannot be read: No such file or directory"}


@POSIX
def test_what_is_no_regular_file_is_not_opened(project: Path) -> None:
    os.mkfifo("a.py")
    os.mkfifo("pipe")
    assert skipped(".", "pipe") == {"a.py": "not a regular file", "pipe": "not a regular file"}


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_cannot_be_read_is_named(project: Path) -> None:
    touch("a/b.py")
    Path("a").chmod(0)
    assert skipped() == {"a": "the folder cannot be read: Permission denied"}


@POSIX
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a\nb.py", id="two lines"),
        pytest.param("a\u202eb.py", id="a mark that turns the text round"),
        pytest.param("日本.py", id="beyond ASCII"),
        pytest.param(" .py", id="a blank"),
        pytest.param("-x.py", id="like an option"),
        pytest.param("[a].py", id="like a pattern"),
    ],
)
def test_odd_names_are_names(project: Path, name: str) -> None:
    touch(name)
    ignore(".gitignore", "gen", "x/*.py")
    assert found() == (name,)


@POSIX
@pytest.mark.skipif(sys.platform == "darwin", reason="such a name cannot be there")
def test_a_name_that_is_no_text_is_named(project: Path) -> None:
    touch("\udcff.py", "a.py")
    assert found() == ("a.py",)
    assert skipped() == {"\udcff.py": "its name is no text in the encoding of the file system"}


@pytest.mark.parametrize("path", ["gone", "gone/a.py", "a.py/b.py", "", "a" * 300])
def test_a_missing_path_is_refused(project: Path, path: str) -> None:
    touch("a.py")
    with pytest.raises(UsageError, match="no such file or folder"):
        found(path)


def test_no_paths_find_nothing(project: Path) -> None:
    assert discover((), root=project).files == ()
