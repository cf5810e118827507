"""Documents on disk, as the command writes and checks them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
PUBLISHER = """
from blinker import signal

order_placed = signal("order-placed")

def place():
    order_placed.send(None, order_id=1)
"""
HANDLER = """
from shop import order_placed

@order_placed.connect
def confirm(sender): ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(PUBLISHER, encoding="utf-8")
    (tmp_path / "mail.py").write_text(HANDLER, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.evlint]\n", encoding="utf-8")
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_write_then_check(project: Path, evlint: Run) -> None:
    done = evlint("docs", cwd=project)
    assert done.returncode == 0, done.stderr
    assert files(project / "docs/events") == [
        "README.md", "events/order_placed.md", "gaps.md", "glossary.md", "services/root.md",
    ]  # fmt: skip
    assert "docs/events: 5 documents written, 0 up to date, 0 removed" in done.stderr
    assert evlint("docs", "--check", cwd=project).returncode == 0
    assert "docs/events is up to date: 5 documents" in evlint("docs", cwd=project).stderr


def test_check_shows_what_is_stale_and_writes_nothing(project: Path, evlint: Run) -> None:
    evlint("docs", cwd=project)
    (project / "more.py").write_text(HANDLER.replace("confirm", "count"), encoding="utf-8")
    before = (project / "docs/events/README.md").read_text(encoding="utf-8")
    done = evlint("docs", "--check", cwd=project)
    assert done.returncode == 1
    assert "+++ b/events/order_placed.md" in done.stdout
    assert any(line.startswith("+") and "count" in line for line in done.stdout.splitlines())
    assert "docs/events is stale" in done.stderr
    assert (project / "docs/events/README.md").read_text(encoding="utf-8") == before


def test_code_that_only_moved_makes_nothing_stale(project: Path, evlint: Run) -> None:
    evlint("docs", cwd=project)
    (project / "shop.py").write_text(f"# moved\n\n{PUBLISHER}", encoding="utf-8")
    assert evlint("docs", "--check", cwd=project).returncode == 0
    assert "1 documents written" not in evlint("docs", "-q", cwd=project).stderr
    assert "shop.py#L9" in (project / "docs/events/events/order_placed.md").read_text(encoding="utf-8")


def test_pages_of_what_is_gone_go_too_and_strangers_stay(project: Path, evlint: Run) -> None:
    evlint("docs", cwd=project)
    stranger = project / "docs/events/events/notes.md"
    stranger.write_text("mine\n", encoding="utf-8")
    (project / "shop.py").write_text(PUBLISHER.replace("order_placed", "order_sent"), encoding="utf-8")
    (project / "mail.py").write_text(HANDLER.replace("order_placed", "order_sent"), encoding="utf-8")
    assert evlint("docs", "--check", cwd=project).returncode == 1
    assert "1 removed" in evlint("docs", cwd=project).stderr
    assert files(project / "docs/events/events") == ["notes.md", "order_sent.md"]


def test_a_file_of_somebody_else_is_never_overwritten(project: Path, evlint: Run) -> None:
    (project / "docs/events").mkdir(parents=True)
    (project / "docs/events/README.md").write_text("mine\n", encoding="utf-8")
    done = evlint("docs", cwd=project)
    assert done.returncode == 2
    assert "README.md was not written by evlint" in done.stderr
    assert "--out" in done.stderr
    assert files(project / "docs/events") == ["README.md"]


def test_the_configuration_says_where(project: Path, evlint: Run) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.evlint.docs]\nfolder = "flow"\nsource-url = "code://{path}:{line}"\n', encoding="utf-8"
    )
    assert evlint("docs", cwd=project).returncode == 0
    assert "code://shop.py:7" in (project / "flow/events/order_placed.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('docs = {fodler = "x"}', "fodler"),
        ('docs = {formats = ["pdf"]}', "pdf"),
        ("docs = 3", "docs"),
    ],
)
def test_a_wrong_configuration_is_refused_by_name(project: Path, evlint: Run, table: str, message: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.evlint]\n{table}\n", encoding="utf-8")
    done = evlint("docs", cwd=project)
    assert done.returncode == 2
    assert message in done.stderr
    assert "pyproject.toml" in done.stderr


def test_an_unknown_form_is_refused(project: Path, evlint: Run) -> None:
    done = evlint("docs", "--format", "pdf", cwd=project)
    assert done.returncode == 2
    assert "`pdf` is no form of the documentation" in done.stderr
