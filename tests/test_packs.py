"""Packs of rules that other packages bring: a sample one, really installed, and what must not be believed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evlint.model.errors import UsageError
from evlint.pack import builtin
from evlint.rulebook import load
from evlint.testing import cases

Evlint = Callable[..., CompletedProcess[str]]
SAMPLE = Path(__file__).parents[1] / "fixtures" / "acme-rules"
ORDERS = """
from acmebus import Client

client = Client()

def place(order):
    client.tell("placed", {"id": order.id})
    client.tell("orders.billed", {"id": order.id})
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pip has installed the sample."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"),
            *("--disable-pip-version-check", "--no-cache-dir", "--target", str(folder), str(SAMPLE)),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "orders.py").write_text(ORDERS, encoding="utf-8")
    return tmp_path


def _with(*folders: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(map(str, folders))}


def test_an_installed_pack_brings_rules_and_dialects(evlint: Evlint, site: Path, shop: Path) -> None:
    done = evlint("check", "--select", "ACME", "--format", "json", "--no-cache", cwd=shop, env=_with(site))
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["code"], found["name"], found["line"]) == ("ACME001", "unowned-topic", 7)
    assert "ACME001" in evlint("rules", cwd=shop, env=_with(site)).stdout
    assert "since 1.0.0 of acme_rules" in evlint("explain", "unowned-topic", cwd=shop, env=_with(site)).stdout
    assert "acmebus" in evlint("dialects", cwd=shop, env=_with(site)).stdout


def test_its_rules_are_configured_and_accepted_like_others(evlint: Evlint, site: Path, shop: Path) -> None:
    (shop / "evlint.toml").write_text(
        'ruleset = "0.1"\nselect = ["ACME001"]\n[rules.unowned-topic]\nteams = ["placed"]\n', encoding="utf-8"
    )
    done = evlint("check", "--no-cache", cwd=shop, env=_with(site))
    assert "`orders.billed` begins with no team" in done.stdout
    (shop / "orders.py").write_text(
        ORDERS.replace('billed", {"id": order.id})', 'billed", {"id": order.id})  # evlint: ignore[ACME001] theirs'),
        encoding="utf-8",
    )
    assert evlint("check", "--no-cache", cwd=shop, env=_with(site)).returncode == 0


def test_its_pages_hold_what_they_show() -> None:
    found = cases(SAMPLE / "acme_rules")
    assert len(found) == 3
    assert all(case.reported() == case.expected for case in found)


def test_the_program_that_is_analysed_brings_no_rules(evlint: Evlint, site: Path, shop: Path) -> None:
    """A repository that looks like an installation is believed neither as what it is nor for what it names."""
    for item in site.iterdir():
        (shop / item.name).symlink_to(item)
    (shop / "evlint.toml").write_text("", encoding="utf-8")
    assert "ACME001" not in evlint("rules", cwd=shop).stdout
    assert "ACME001" not in evlint("rules", cwd=shop, env=_with(shop)).stdout
    assert "ACME001" in evlint("rules", cwd=shop, env=_with(site)).stdout


def test_a_pack_that_is_announced_and_not_there_is_an_error(evlint: Evlint, tmp_path: Path) -> None:
    announced = tmp_path / "site" / "gone-1.dist-info"
    announced.mkdir(parents=True)
    (announced / "entry_points.txt").write_text("[evlint.packs]\ngone = gone.rules\n", encoding="utf-8")
    done = evlint("rules", cwd=tmp_path, env=_with(tmp_path / "site"))
    assert done.returncode == 2
    assert "the rules `gone` are announced as the package `gone.rules`, and there is none" in done.stderr


def test_evlints_own_codes_are_not_for_others(tmp_path: Path) -> None:
    page = tmp_path / "topics" / "unowned_topic.md"
    page.parent.mkdir()
    text = (SAMPLE / "acme_rules/topics/unowned_topic.md").read_text(encoding="utf-8")
    page.write_text(text.replace('"ACME001"', '"EVL901"'), encoding="utf-8")
    page.with_suffix(".py").touch()
    with pytest.raises(UsageError, match="codes that begin with EVL are evlint's own"):
        load(builtin(), tmp_path)
