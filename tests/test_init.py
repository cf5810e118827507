"""What `evlint init` proposes is right, and never takes the place of what is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evlint.config import load

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Evlint = Callable[..., CompletedProcess[str]]

WIRE = """\
import native


class Wire:
    def __init__(self):
        self._core = native.Core()

    def publish(self, sender, topic, payload):
        self._core.push(topic, payload)

    def subscribe(self, handler, topic):
        self._core.attach(topic, handler)


wire = Wire()
"""
SHOP = """\
from shop.wire import wire
from house_bus import bus


class StockChanged: ...


def place(order):
    wire.publish(place, "order.placed", order)


def send_receipt(order): ...


wire.subscribe(send_receipt, "order.placed")


def count(stock):
    bus.emit(StockChanged())


@bus.on(StockChanged)
def reorder(event): ...
"""
# Named like a bus's methods, and about something else.
OTHER = """\
import native


class Groups:
    def register_listener(self, listener): native.attach(listener)
    def notify_listeners(self, action): native.push(action)


def saved(action): ...


groups = Groups()
groups.register_listener(saved)
groups.notify_listeners("saved")


class Socket:
    def connect(self, address): ...
    def send(self, data): ...


class Store:
    def register(self, name): ...
    def notify(self, text): ...


def use(socket: Socket, store: Store):
    socket.connect("host")
    socket.send(b"x")
    store.register("a")
    store.notify("b")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    for name, text in (("wire", WIRE), ("orders", SHOP), ("other", OTHER)):
        (tmp_path / f"shop/{name}.py").write_text(text, encoding="utf-8")
    return tmp_path


def flow(evlint: Evlint, project: Path) -> list[tuple[str, str]]:
    graph = json.loads(evlint("graph", "--format", "json", "--no-cache", cwd=project).stdout)
    published = [(item["event"], item["scope"]) for item in graph["publications"]]
    return sorted([*published, *((item["event"], item["handler"]) for item in graph["subscriptions"])])


def test_what_is_proposed_makes_a_bus_resolve(evlint: Evlint, project: Path) -> None:
    assert flow(evlint, project) == [("class:shop.orders.StockChanged", "count")]
    shown = evlint("init", cwd=project).stdout
    assert "shop.wire.Wire (shop/wire.py:4): 2 calls, such as shop/orders.py:9, shop/orders.py:15" in shown
    assert "declared as `bus.wire`, it adds 1 publication, 1 subscription" in shown
    assert "house_bus.bus, which is not in this program: 2 calls" in shown
    assert "Socket" not in shown
    assert "Store" not in shown
    # What its listeners take has no name, so that a declaration would tell half of it.
    assert "Groups" not in shown
    assert not (project / "evlint.toml").exists()
    done = evlint("init", "--write", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert flow(evlint, project) == [
        ("class:shop.orders.StockChanged", "count"),
        ("class:shop.orders.StockChanged", "reorder"),
        ("topic:wire/order.placed", "place"),
        ("topic:wire/order.placed", "send_receipt"),
    ]


def test_it_says_through_what_the_flow_is_recognised(evlint: Evlint, root: Path) -> None:
    shown = evlint("init", "--no-cache", cwd=root / "fixtures/payments/good").stdout
    assert "  payments.bus.EventBus, a bus proved by what it stores and calls: 4 subscriptions\n" in shown
    assert "    payments/service.py:21\n" in shown
    assert "seems to be a bus" not in shown


def test_a_second_run_finds_all_there(evlint: Evlint, project: Path) -> None:
    evlint("init", "--write", cwd=project)
    before = contents(project)
    again = evlint("init", "--write", cwd=project).stdout
    assert "are all there" in again
    assert contents(project) == before


def contents(project: Path) -> dict[str, str]:
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in project.rglob("*")
        if path.is_file() and ".evlint_cache" not in path.parts
    }


def test_what_is_there_is_added_to_and_never_overwritten(evlint: Evlint, project: Path) -> None:
    own = '[project]\nname = "shop"  # ours'
    for name, text in (("pyproject.toml", own), (".pre-commit-config.yaml", "repos: []\n")):
        (project / name).write_text(text, encoding="utf-8")
    done = evlint("init", "--write", cwd=project)
    assert "Added to pyproject.toml" in done.stdout
    assert "--- .pre-commit-config.yaml, to be added by hand" in done.stdout
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert text.startswith(own + "\n\n[tool.evlint]\n")
    assert set(tomllib.loads(text)["tool"]["evlint"]["bus"]) == {"wire", "bus"}
    assert set(load(project / "pyproject.toml").bus) == {"wire", "bus"}
    assert (project / ".pre-commit-config.yaml").read_text(encoding="utf-8") == "repos: []\n"
    assert not (project / "evlint.toml").exists()


def test_a_configuration_gains_the_buses_alone(evlint: Evlint, project: Path) -> None:
    (project / "evlint.toml").write_text('ignore = ["EVL102"]\r\n', encoding="utf-8", newline="")
    evlint("init", "--write", cwd=project)
    found = load(project / "evlint.toml")
    assert (found.ignore, found.ruleset, set(found.bus)) == (("EVL102",), None, {"wire", "bus"})
    assert b"\r\n[bus.wire]\r\n" in (project / "evlint.toml").read_bytes()


def test_where_toml_takes_no_more_it_is_left_to_its_owner(evlint: Evlint, project: Path) -> None:
    """An inline table cannot be added to, so the configuration gets a file of its own."""
    (project / "pyproject.toml").write_text("tool = {}\n", encoding="utf-8")
    done = evlint("init", "--write", cwd=project)
    assert "Created evlint.toml" in done.stdout
    assert (project / "pyproject.toml").read_text(encoding="utf-8") == "tool = {}\n"


def test_tests_are_left_out_of_the_flow(evlint: Evlint, project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests/test_orders.py").write_text(SHOP, encoding="utf-8")
    evlint("init", "--write", cwd=project)
    again = evlint("init", "--write", cwd=project)
    assert "tests" not in again.stdout


def test_the_job_is_for_where_the_repository_lives(evlint: Evlint, project: Path) -> None:
    (project / ".git/config").write_text("[remote]\nurl = https://gitlab.example.org/shop.git\n", encoding="utf-8")
    evlint("init", "--write", cwd=project)
    assert (project / ".gitlab-ci.yml").is_file()
    assert not (project / ".github/workflows").exists()


def test_hook_and_job_belong_to_the_top_of_the_repository(evlint: Evlint, project: Path) -> None:
    done = evlint("init", "--write", cwd=project / "shop")
    assert "Created evlint.toml" in done.stdout
    assert "--- .pre-commit-config.yaml, to be added by hand" in done.stdout
    assert not (project / "shop/.pre-commit-config.yaml").exists()
