"""The examples of a page are read as projects of files, with what is expected of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evlint.model.errors import UsageError
from evlint.rulebook.examples import Example, examples
from evlint.rulebook.pages import Page


def page_of(text: str) -> Page:
    meta: Any = None
    return Page("x", "events", meta, text, Path("x.md"), None)


def test_examples_are_read() -> None:
    text = '''
# Title
```python
not_an_example = 1
```
## Incorrect
Text.
```python title="shop/a.py"
# ## Correct
publish(1)  # error: [dual-write, orphan-event]
```
```toml
select = ["ALL"]
```
### Another
````py
"""
```
"""
publish(2)  #error:[orphan-event]
````
```text
output
```
## Correct
```python
fine = 1
```
```python
fine = 2
```
## Known gaps
```python
publish(3)  # todo-error: [orphan-event]
```
'''
    assert examples(page_of(text)) == (
        Example(
            "",
            "incorrect",
            {"shop/a.py": "# ## Correct\npublish(1)  # error: [dual-write, orphan-event]\n"},
            'select = ["ALL"]\n',
            {("shop/a.py", 2): ("dual-write", "orphan-event")},
            {},
        ),
        Example(
            "Another",
            "incorrect",
            {"example.py": '"""\n```\n"""\npublish(2)  #error:[orphan-event]\n'},
            "",
            {("example.py", 4): ("orphan-event",)},
            {},
        ),
        Example("", "correct", {"example.py": "fine = 1\n", "example_2.py": "fine = 2\n"}, "", {}, {}),
        Example(
            "",
            "known-gap",
            {"example.py": "publish(3)  # todo-error: [orphan-event]\n"},
            "",
            {},
            {("example.py", 1): ("orphan-event",)},
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("## Correct\n```python\n", "a fence of ``` is never closed", id="an open fence"),
        pytest.param("## Correct\n```py\nx  # error: [y]\n```", "correct code is marked", id="a mark in correct code"),
        pytest.param("## Incorrect\n```py\nx  # todo-error: [y]\n```", "belongs under", id="a gap elsewhere"),
        pytest.param(
            "## Correct\n```py title='a'\n```\n```py title='a'\n```",
            "two files of one example are called a",
            id="two files",
        ),
    ],
)
def test_odd_examples_are_refused(text: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        examples(page_of(text))
    assert expected in str(caught.value)
