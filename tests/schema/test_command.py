"""`evlint schema lock` and `evlint schema diff`, as users run them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Evlint = Callable[..., CompletedProcess[str]]

SHOP = """\
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

broker = KafkaBroker()


class OrderPlaced(BaseModel, frozen=True):
    order_id: int
    total: int


async def place(order: OrderPlaced) -> None:
    await broker.publish(order, topic="orders")


@broker.subscriber("orders")
async def ship(event: OrderPlaced) -> None:
    print(event.total)
"""


class Project:
    """A folder with a shop in it, under git."""

    def __init__(self, folder: Path, evlint: Evlint) -> None:
        self.folder = folder
        self._evlint = evlint
        self.git("init", "-q")
        self.write(SHOP)
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)  # noqa: S607

    def write(self, text: str) -> None:
        (self.folder / "shop.py").write_text(text)

    def run(self, *arguments: str) -> CompletedProcess[str]:
        return self._evlint(*arguments, "--no-cache", "-q", cwd=self.folder)

    @property
    def lock(self) -> str:
        return (self.folder / "events.lock").read_text()


@pytest.fixture
def project(tmp_path: Path, evlint: Evlint) -> Project:
    return Project(tmp_path, evlint)


def test_what_was_locked_is_not_changed(project: Project) -> None:
    assert project.run("schema", "lock").returncode == 0
    assert 'total = "int"' in project.lock
    assert project.run("schema", "lock", "--check").returncode == 0
    done = project.run("schema", "diff")
    assert (done.returncode, done.stdout) == (0, "No contract has changed\n")


def test_locking_twice_changes_nothing(project: Project) -> None:
    project.run("schema", "lock")
    first = project.lock
    project.run("schema", "lock")
    assert project.lock == first


def test_an_addition_is_locked(project: Project) -> None:
    project.run("schema", "lock")
    project.write(SHOP.replace("total: int", "total: int\n    note: str = ''"))
    assert project.run("schema", "lock", "--check").returncode == 1
    assert "compatible  `note` added" in project.run("schema", "diff").stdout
    assert project.run("schema", "lock").returncode == 0
    assert 'note = { type = "str", default = "\'\'" }' in project.lock


def test_a_breaking_change_is_refused_until_it_is_accepted(project: Project) -> None:
    project.run("schema", "lock")
    before = project.lock
    project.write(SHOP.replace("    total: int\n", ""))
    done = project.run("schema", "lock")
    assert done.returncode == 1
    assert "shop.py:17  ship reads `total`" in done.stdout
    assert project.lock == before
    assert project.run("schema", "lock", "--accept-breaking").returncode == 0
    assert 'removed]\ntotal = "int"\n' in project.lock
    project.write(SHOP.replace("total: int", "total: str = ''"))
    assert "comes back as `str`" in project.run("schema", "diff").stdout


def test_check_reports_what_breaks(project: Project) -> None:
    project.run("schema", "lock")
    project.write(SHOP.replace("total: int", "sum: int"))
    done = project.run("check", "--select", "EVL105")
    assert done.returncode == 1
    assert "shop.py:7:1: EVL105 event `OrderPlaced` breaks its contract: `total` renamed to `sum`" in done.stdout


def test_a_new_major_version_is_free(project: Project) -> None:
    project.run("schema", "lock")
    project.write(SHOP.replace("total: int", "amount: str\n    version: int = 2"))
    assert project.run("schema", "diff").returncode == 0
    assert "EVL106 version 2 of event `OrderPlaced`" in project.run("check", "--select", "EVL106").stdout
    assert project.run("schema", "lock").returncode == 0
    assert 'OrderPlaced".1.fields]' in project.lock
    assert 'OrderPlaced".2.fields]' in project.lock


def test_an_event_that_moved_or_went_breaks_its_handlers(project: Project) -> None:
    project.run("schema", "lock")
    project.write(SHOP.replace("OrderPlaced", "OrderReceived"))
    assert "it is now shop.OrderReceived" in project.run("schema", "diff").stdout
    project.write("")
    done = project.run("schema", "diff")
    assert done.returncode == 1
    assert "the event is gone" in done.stdout
    project.run("schema", "lock", "--accept-breaking")
    assert 'retired = [\n    "shop.OrderPlaced",\n]' in project.lock


def test_a_revision_is_compared_without_being_checked_out(project: Project) -> None:
    project.write(SHOP.replace("total: int", "total: str"))
    done = project.run("schema", "diff", "--against", "HEAD", "--format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["schema"] == "evlint.schema-diff/1"
    (change,) = document["changes"]
    assert (change["field"], change["kind"], change["backward"], change["forward"]) == (
        "total",
        "retyped",
        "breaks",
        "breaks",
    )
    assert [(item["handler"], item["line"]) for item in change["handlers"]] == [("ship", 18)]
    assert (project.folder / "shop.py").read_text() != SHOP


def test_a_part_of_the_program_is_no_change(project: Project) -> None:
    events, rest = SHOP.replace('"orders"', '"orders.v2"').split("\n\nasync def place", 1)
    project.write(events)
    (project.folder / "rest.py").write_text("from shop import *\n\n\nasync def place" + rest)
    project.run("schema", "lock")
    assert 'OrderPlaced".2.fields]' in project.lock
    done = project.run("check", "--select", "EVL105,EVL106", "rest.py", "shop.py")
    assert done.stdout == ""
    assert project.run("check", "--select", "EVL105,EVL106", "shop.py").stdout == ""


def test_a_mode_is_asked_for(project: Project) -> None:
    project.write(SHOP.replace("total: int", "total: int\n    note: str"))
    assert project.run("schema", "diff", "--against", "HEAD", "--compatibility", "backward").returncode == 1
    assert project.run("schema", "diff", "--against", "HEAD", "--compatibility", "forward").returncode == 0


def test_the_lock_is_found_from_a_folder_below(project: Project) -> None:
    (project.folder / "pkg").mkdir()
    (project.folder / "shop.py").rename(project.folder / "pkg" / "shop.py")
    project.run("schema", "lock")
    assert "pkg.shop.OrderPlaced" in project.lock
    project.folder = project.folder / "pkg"
    done = project.run("schema", "diff")
    assert done.stdout == "No contract has changed\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diff"], "there is no events.lock to compare with"),
        (["diff", "--against", "nowhere"], "`nowhere` is neither a file nor a revision"),
        (["diff", "--against=--output=x"], "is no revision"),
        (["diff", "--check"], "`--check` means nothing to `evlint schema diff`"),
        (["lock", "--against", "HEAD"], "`--against` means nothing to `evlint schema lock`"),
    ],
)
def test_a_wrong_call_is_refused(project: Project, arguments: list[str], message: str) -> None:
    done = project.run("schema", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
