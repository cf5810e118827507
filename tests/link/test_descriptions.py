"""What the code says about fields in words."""

from __future__ import annotations

import pytest

from evlint.app import analyse_sources

BUS = """
class Bus:
    def __init__(self):
        self.handlers = {}
    def subscribe(self, event, handler):
        self.handlers.setdefault(event, []).append(handler)
    def publish(self, event):
        for handler in self.handlers[type(event)]:
            handler(event)

def work(bus: Bus):
    bus.publish(OrderPlaced())
"""


def described(source: str) -> dict[str, str]:
    (event,) = analyse_sources({"shop.py": source + BUS}).events
    return {field.name: field.description for field in event.fields}


@pytest.mark.parametrize(
    "field",
    [
        'total: int = 0\n    """In cents."""',
        'total: int = Field(description="In cents.")',
        'total: int = field(default=0, metadata={}, doc="In cents.")',
        'total: Annotated[int, Doc("In cents.")] = 0',
        'total: Annotated[int, Field(description="In cents.")] = 0',
        'total = IntegerField(help_text="In cents.")',
    ],
)
def test_beside_the_field(field: str) -> None:
    assert described(f"class OrderPlaced:\n    {field}\n    other: int = 1\n") == {"total": "In cents.", "other": ""}


@pytest.mark.parametrize(
    "docstring",
    [
        "Attributes:\n        total: In cents.\n        other: Not this.",
        "Attributes:\n        total (int): In cents.",
        ":ivar total: In cents.",
        ":param int total: In cents.",
    ],
)
def test_in_the_docstring_of_the_class(docstring: str) -> None:
    source = f'class OrderPlaced:\n    """An order.\n\n    {docstring}\n    """\n    total: int = 0\n'
    assert described(source) == {"total": "In cents."}


def test_another_section_says_nothing() -> None:
    source = 'class OrderPlaced:\n    """An order.\n\n    Notes:\n        total: is nice\n    """\n    total: int = 0\n'
    assert described(source) == {"total": ""}


def test_on_one_line() -> None:
    assert described('class OrderPlaced:\n    total: int = 0\n    """In\n    cents."""\n') == {"total": "In cents."}
