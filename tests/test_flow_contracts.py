"""Contracts over the flow, from the configuration to the finding."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from evlint import config
from evlint.model.errors import UsageError
from evlint.model.flow_contract import LayersContract, covers

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Evlint = Callable[..., CompletedProcess[str]]
SHOP = {
    "messaging/bus.py": "from pyee import EventEmitter\n\nbus = EventEmitter()\n",
    "payments/service.py": """
from messaging.bus import bus

def capture(payment):
    bus.emit("payment.captured", payment)
""",
    "marketing/consumers.py": """
from messaging.bus import bus

@bus.on("payment.captured")
def greet(payment):
    print(payment)
""",
}
CONTRACT = """
[[tool.evlint.contracts]]
name = "payments and marketing stay apart"
type = "forbidden"
from = ["payments"]
to = ["marketing"]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for path, text in SHOP.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def _found(evlint: Evlint, shop: Path, declared: str, *paths: str) -> list[tuple[str, str, int, str]]:
    (shop / "pyproject.toml").write_text(declared, encoding="utf-8")
    done = evlint("check", "--select", "EVL003,EVL5", "--no-cache", "--format", "json", *paths, cwd=shop)
    findings = json.loads(done.stdout)["findings"]
    return [(item["code"], item["path"], item["line"], item["message"]) for item in findings]


def test_a_broken_contract_is_a_finding_that_names_it(evlint: Evlint, shop: Path) -> None:
    assert _found(evlint, shop, CONTRACT) == [
        (
            "EVL505",
            "marketing/consumers.py",
            5,
            (
                "contract `payments and marketing stay apart`: `greet` of `marketing` handles `payment.captured` of `payments`,"
                " which it forbids; go through a service that may, or amend the contract"
            ),
        )
    ]


def test_a_pattern_that_fits_nothing_is_reported_where_it_is_declared(evlint: Evlint, shop: Path) -> None:
    misspelt = CONTRACT.replace('"marketing"]', '"marketting"]')
    assert _found(evlint, shop, misspelt) == [
        (
            "EVL003",
            "pyproject.toml",
            3,
            (
                "contract `payments and marketing stay apart`: no service of the program fits `marketting`;"
                " did you mean `marketing`?"
            ),
        )
    ]


def test_a_run_that_sees_a_part_does_not_complain_of_the_rest(evlint: Evlint, shop: Path) -> None:
    assert _found(evlint, shop, CONTRACT, "payments") == []


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        pytest.param('type = "owners"', "`contracts[0].type` must be one of", id="an unknown type"),
        pytest.param('type = "publishers"\nservices = ["a"]', "missing required field `events`", id="a missing key"),
        pytest.param(
            'type = "publishers"\nevents = ["a"]\nservice = ["a"]', "did you mean `services`?", id="a misspelt key"
        ),
        pytest.param('type = "naming"\npattern = "("', "`pattern` is no regular expression", id="a broken pattern"),
        pytest.param('type = "layers"\nlayers = ["a"]', "length >= 2", id="one layer"),
        pytest.param('type = "forbidden"\nfrom = ["a"]\nto = []', "length >= 1", id="no service"),
    ],
)
def test_a_wrong_contract_is_refused_by_its_place(declared: str, message: str) -> None:
    with pytest.raises(UsageError, match=r"contracts\[0\]") as error:
        config.parse(tomllib.loads(f'[[contracts]]\nname = "one"\n{declared}'))
    assert message in str(error.value)


def test_two_contracts_of_one_name_are_refused() -> None:
    one = '[[contracts]]\nname = "one"\ntype = "forbidden"\nfrom = ["a"]\nto = ["b"]\n'
    with pytest.raises(UsageError, match="another contract has that name"):
        config.parse(tomllib.loads(one + one))


def test_a_pattern_covers_what_is_below_a_service() -> None:
    assert covers(("shop",), "shop.orders")
    assert covers(("shop.*",), "shop.orders")
    assert not covers(("shop",), "shopping")


def test_layers_are_counted_from_the_top() -> None:
    contract = LayersContract(name="layers", layers=("web", "orders | billing", "audit"))
    assert [contract.layer_of(name) for name in ("web", "billing.api", "audit", "mail")] == [0, 1, 2, None]


def test_the_contracts_of_the_documentation_are_understood(root: Path) -> None:
    text = (root / "docs/extending.md").read_text(encoding="utf-8")
    shown = text.partition("```toml\n")[2].partition("```")[0]
    contracts = config.parse(tomllib.loads(shown)["tool"]["evlint"]).contracts
    assert [type(item).__name__ for item in contracts] == [
        "PublishersContract",
        "ConsumersContract",
        "LayersContract",
        "NamingContract",
        "ForbiddenContract",
    ]
