"""Which types read which."""

from __future__ import annotations

import pytest

from evlint.schema.types import parse, reads, shown


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("int", "int"),
        ("Optional[int]", "int | None"),
        ("None | int", "int | None"),
        ("typing.Union[str, int]", "int | str"),
        ("List[Optional[Line]]", "list[Line | None]"),
        ("Mapping[str, List[int]]", "dict[str, list[int]]"),
        ("Annotated[int, Field(gt=0)]", "int"),
        ("'Order | None'", "Order | None"),
        ("Literal['a', 'b']", "Literal['a'] | Literal['b']"),
        ("events.Line", "Line"),
        ("String(max_length=9)", "str"),
        ("", "?"),
        ("not a type (", "not a type ("),
    ],
)
def test_a_type_has_one_spelling(written: str, expected: str) -> None:
    assert shown(parse(written)) == expected


@pytest.mark.parametrize(
    "text", ["int | None", "dict[str, list[int] | None]", "Literal['a'] | None", "tuple[int, ...]"]
)
def test_a_spelling_is_read_as_itself(text: str) -> None:
    assert shown(parse(shown(parse(text)))) == shown(parse(text))


@pytest.mark.parametrize(
    ("reader", "written", "expected"),
    [
        ("int", "int", True),
        ("float", "int", True),
        ("int", "float", False),
        ("int", "bool", True),
        ("str", "int", False),
        ("int", "str", False),
        ("int | None", "int", True),
        ("int", "int | None", False),
        ("list[float]", "list[int]", True),
        ("list[int]", "int", False),
        ("tuple[int, ...]", "list[int]", True),
        ("frozenset[str]", "list[str]", True),
        ("dict[str, int]", "dict[str, str]", False),
        ("list", "list[int]", True),
        ("list[int]", "list", False),
        ("Any", "Line", True),
        ("Line", "Any", False),
        ("str", "Literal['a']", True),
        ("Literal['a']", "str", False),
        ("int", "Literal[1]", True),
        ("str", "bytes", False),
    ],
)
def test_a_reader_reads_what_was_written(reader: str, written: str, *, expected: bool) -> None:
    assert reads(parse(reader), parse(written)) is expected
