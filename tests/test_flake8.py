"""The real flake8 reports what evlint finds, however it starts its processes, after one analysis of the whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.skipif(find_spec("flake8") is None, reason="flake8 is not installed")

# flake8 as its command runs it, with another way to start processes, and one line for each analysis.
RUN = """
import multiprocessing, sys
from evlint import app
analyse = app.analyse
def told(request):
    print("analysed", file=sys.stderr)
    return analyse(request)
app.analyse = told
if __name__ == "__main__":
    if sys.argv[1] != "default":
        multiprocessing.set_start_method(sys.argv[1])
    from flake8.main.cli import main
    sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def shop(tmp_path: Path, root: Path) -> Path:
    """The sample service with its mistakes, and enough other files for flake8 to start processes."""
    copytree(root / "fixtures/payments/bad", tmp_path, dirs_exist_ok=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "flake8_run.py").write_text(RUN, encoding="utf-8")
    (tmp_path / "evlint.toml").write_text("extend-exclude = ['flake8_run.py']\n", encoding="utf-8")
    for number in range(6):
        (tmp_path / f"plain_{number}.py").touch()
    return tmp_path


def flake8(folder: Path, *arguments: str, method: str = "default", given: str | None = None) -> CompletedProcess[str]:
    options = ("--isolated", "--exclude", "flake8_run.py", "--select", "EVL", *arguments)
    return subprocess.run(
        [sys.executable, "flake8_run.py", method, *options],
        cwd=folder,
        input=given,
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=300,
    )


@pytest.fixture
def expected(shop: Path, evlint: Callable[..., CompletedProcess[str]]) -> list[str]:
    """What evlint itself prints, but for the mark of what it can fix."""
    return sorted(line.removesuffix(" [*]") for line in evlint("check", "--no-cache", cwd=shop).stdout.splitlines())


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("jobs", ["1", "4"])
def test_flake8_reports_what_evlint_finds(shop: Path, expected: list[str], method: str, jobs: str) -> None:
    if method == "fork" and sys.platform == "win32":
        pytest.skip("there is no fork on Windows")
    done = flake8(shop, "--jobs", jobs, ".", method=method)
    assert sorted(line.removeprefix("./") for line in done.stdout.splitlines()) == expected
    assert done.returncode == 1
    assert len(expected) > 10
    assert done.stderr.count("analysed\n") == 1


def test_the_whole_program_is_analysed_whichever_files_are_named(shop: Path, expected: list[str]) -> None:
    """The event that `service.py` makes known is defined in another file, and changes are judged there."""
    done = flake8(shop, "payments/events.py")
    assert sorted(done.stdout.splitlines()) == [line for line in expected if line.startswith("payments/events.py:")]


def test_standard_input_stands_for_its_file(shop: Path) -> None:
    text = (shop / "payments/events.py").read_text(encoding="utf-8")
    arguments = ("--stdin-display-name", "payments/events.py", "-")
    assert "EVL102" in flake8(shop, *arguments, given=text).stdout
    frozen = text.replace("@dataclass\n", "@dataclass(frozen=True)\n")
    assert "EVL102" not in flake8(shop, *arguments, given=frozen).stdout


def test_both_kinds_of_comments_are_heeded(shop: Path) -> None:
    path = shop / "payments/events.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("class PaymentRefunded:", "class PaymentRefunded:  # noqa: EVL102").replace(
            "class PaymentDisputed:", "class PaymentDisputed:  # evlint: ignore[EVL102] so be it"
        ),
        encoding="utf-8",
    )
    found = flake8(shop, "payments/events.py").stdout
    assert "CapturePayment" in found
    assert "PaymentRefunded" not in found
    assert "PaymentDisputed" not in found


def test_the_baseline_counts(shop: Path, evlint: Callable[..., CompletedProcess[str]]) -> None:
    evlint("baseline", "create", "--no-cache", cwd=shop)
    assert flake8(shop, ".").stdout == ""


def test_a_wrong_configuration_is_said(shop: Path) -> None:
    (shop / "evlint.toml").write_text("selct = []", encoding="utf-8")
    done = flake8(shop, ".")
    assert done.returncode == 1
    assert "evlint: evlint.toml: unknown key `selct`" in done.stdout + done.stderr
