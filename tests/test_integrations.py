"""The snippets of docs/integrations.md work as they are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from subprocess import CompletedProcess
from typing import Any

import pytest

from evlint.cli.templates import GITHUB, GITLAB, HOOK

if find_spec("check_jsonschema") is None:
    pytest.skip("check-jsonschema is not installed", allow_module_level=True)
from ruamel.yaml import YAML

INSTALLS = re.compile(r"pip install (?:evlint|\"evlint\[\w+\]\")")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/integrations.md").read_text(encoding="utf-8")


@pytest.fixture(params=["good", "bad"])
def sample(root: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    copytree(root / "fixtures/payments" / request.param, tmp_path / "sample")
    return tmp_path / "sample"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def shell(command: str, folder: Path) -> CompletedProcess[str]:
    """Run a line as a job does, with evlint installed where this runs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-c", command],  # noqa: S607
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_the_page_shows_what_init_writes(page: str) -> None:
    assert {GITHUB, GITLAB, HOOK} <= set(blocks(page, "yaml"))


def test_all_yaml_is_yaml(page: str) -> None:
    assert all(isinstance(read(text), Mapping) for text in blocks(page, "yaml"))


@pytest.mark.parametrize(
    ("name", "text", "schema"),
    [
        pytest.param("evlint.yml", GITHUB, "vendor.github-workflows", id="GitHub"),
        pytest.param(".gitlab-ci.yml", GITLAB, "vendor.gitlab-ci", id="GitLab"),
    ],
)
def test_a_job_keeps_to_the_schema_of_its_service(tmp_path: Path, name: str, text: str, schema: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(tmp_path / name)]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


def test_the_job_on_github_leaves_what_it_uploads(sample: Path) -> None:
    steps = read(GITHUB)["jobs"]["evlint"]["steps"]
    done = list(commands([step["run"] for step in steps if "run" in step], sample))
    assert [item.returncode for item in done] == [1 if sample_is_bad(sample) else 0]
    assert done[0].stdout.count("::warning ") + done[0].stdout.count("::error ") == len(results(sample / sarif(steps)))


def sarif(steps: list[Any]) -> str:
    (upload,) = (step for step in steps if "upload-sarif" in step.get("uses", ""))
    # What was found is shown although the step before it fails.
    assert upload["if"] == "always()"
    return str(upload["with"]["sarif_file"])


def results(path: Path) -> list[Any]:
    found: list[Any] = json.loads(path.read_text(encoding="utf-8"))["runs"][0]["results"]
    return found


def sample_is_bad(sample: Path) -> bool:
    return (sample / "payments/consumers.py").exists()


def test_the_job_on_gitlab_leaves_its_report(sample: Path) -> None:
    job = read(GITLAB)["evlint"]
    done = list(commands(job["script"], sample))
    assert [item.returncode for item in done] == [1 if sample_is_bad(sample) else 0]
    assert job["artifacts"]["when"] == "always"
    report = json.loads((sample / job["artifacts"]["reports"]["codequality"]).read_text(encoding="utf-8"))
    assert len(report) == len(done[0].stdout.splitlines())


def commands(lines: list[str], folder: Path) -> Iterator[CompletedProcess[str]]:
    """Run what a job runs, but for the installation."""
    rest = [line for line in lines if not INSTALLS.fullmatch(line)]
    assert len(rest) == len(lines) - 1
    for line in rest:
        yield shell(line, folder)


def test_every_command_of_the_page_is_understood(page: str, root: Path, tmp_path: Path) -> None:
    """Those in running text; what they are given is taken from the text as well."""
    copytree(root / "fixtures/payments/good", tmp_path / "sample")
    told = re.findall(r"`(evlint [a-z][^`]*)`", page)
    # One waits for changes, and servers for clients.
    lasting = re.compile(r"--watch|server")
    ran = {line: shell(line, tmp_path / "sample").returncode for line in told if not lasting.search(line)}
    assert ran == dict.fromkeys(ran, 0)
    assert len(ran) >= 3


def test_ruff_leaves_our_comments_alone_when_told(page: str, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os  # noqa: EVL201\n\nos.sync()\n", encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "RUF100,RUF102", "shop.py"]

    def ruff() -> str:
        return subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, encoding="utf-8").stdout

    (tmp_path / "pyproject.toml").touch()
    assert "RUF102" in ruff()
    (table,) = (text for text in blocks(page, "toml") if "ruff" in text)
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    assert "All checks passed!" in ruff()
