"""Which service a file belongs to."""

from __future__ import annotations

import pytest

from evlint.link.services import Services


@pytest.mark.parametrize(
    ("paths", "path", "service"),
    [
        pytest.param(["app.py", "bus.py"], "app.py", ".", id="files alone"),
        pytest.param(["shop/__init__.py", "shop/orders.py"], "shop/orders.py", "shop", id="one package"),
        pytest.param(
            ["shop/__init__.py", "shop/orders/__init__.py", "shop/orders/api/__init__.py", "shop/email/__init__.py"],
            "shop/orders/api/__init__.py",
            "shop.orders",
            id="parts of one package",
        ),
        pytest.param(
            ["app/__init__.py", "app/events/__init__.py", "app/service_layer/__init__.py"],
            "app/events/__init__.py",
            "app",
            id="layers are no services",
        ),
        pytest.param(
            ["src/orders/__init__.py", "src/orders/cart/__init__.py", "src/stock/__init__.py"],
            "src/orders/cart/__init__.py",
            "orders",
            id="packages side by side",
        ),
        pytest.param(
            ["shop/__init__.py", "shop/orders/__init__.py", "tests/__init__.py", "docs/conf.py"],
            "shop/orders/__init__.py",
            "shop.orders",
            id="tests and documentation beside do not count",
        ),
        pytest.param(
            ["services/orders/app/__init__.py", "services/orders/app/workers/__init__.py", "services/stock/main.py"],
            "services/orders/app/workers/__init__.py",
            "services.orders",
            id="folders on a shelf",
        ),
        pytest.param(
            ["shop/__init__.py", "shop/apps/__init__.py", "shop/apps/orders/__init__.py", "shop/apps/orders/api.py"],
            "shop/apps/orders/api.py",
            "shop.apps.orders",
            id="apps of a package",
        ),
        pytest.param(
            ["orders/main.py", "orders/handlers/on.py", "stock/main.py"],
            "orders/handlers/on.py",
            "orders",
            id="no packages",
        ),
        pytest.param(["../shop/orders/__init__.py", "../shop/main.py"], "../shop/main.py", "shop", id="from elsewhere"),
    ],
)
def test_a_service_is_what_is_deployed(paths: list[str], path: str, service: str) -> None:
    assert Services(paths).of(path).id == service


def test_a_file_without_facts_counts() -> None:
    """Whether a package's `__init__` holds anything must not matter."""
    from evlint.app import analyse_sources

    publisher = "from blinker import signal\nplaced = signal('placed')\nplaced.send()\n"
    program = analyse_sources(
        {
            "shop/__init__.py": "",
            "shop/orders/__init__.py": "",
            "shop/orders/api.py": publisher,
            "shop/mail/__init__.py": "",
        }
    )
    assert [item.service for item in program.publications] == ["shop.orders"]
