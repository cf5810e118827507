"""Tell whether two names are meant to be one: they differ in spelling, case, number or version, and in nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from evlint.words.identifiers import is_version, split

Difference = Literal["", "case or separators", "a plural", "a version", "a letter or two"]
# In shorter words a letter makes another word.
SHORTEST = 5
LONG = 8


def difference(one: str, other: str) -> Difference:
    """In what the names differ, if that is all; empty where they are alike or speak of different things.

    A wrong guess costs more than none: `OrderPlaced` and `OrderReplaced`, `step_1` and `step_2` are two things each.
    """
    if one == other:
        return ""
    first, second = (tuple(word.lower() for word in split(name)) for name in (one, other))
    if not first or not second:
        return ""
    if "".join(first) == "".join(second):
        return "case or separators"
    if tuple(map(_singular, first)) == tuple(map(_singular, second)):
        return "a plural"
    if _unversioned(first) == _unversioned(second) and not (first[-1].isdecimal() or second[-1].isdecimal()):
        return "a version"
    return "a letter or two" if _is_misspelt(first, second) else ""


def nearest(name: str, others: Iterable[str]) -> tuple[str, Difference]:
    """The name among `others` that is most likely meant by `name`, and in what they differ; two empty texts if none is."""
    order = ("case or separators", "a plural", "a version", "a letter or two")
    found = sorted((order.index(how), other, how) for other in set(others) if (how := difference(name, other)))
    return (found[0][1], found[0][2]) if found else ("", "")


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _unversioned(words: tuple[str, ...]) -> tuple[str, ...]:
    # `UserCreatedV2` parts into words at the capital, `user_created_v2` at the underscore.
    return tuple(word for word in words if not is_version(word))


def _is_misspelt(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether one word differs, by a letter or, in a long word, two."""
    if len(first) != len(second):
        return False
    pairs = [(one, other) for one, other in zip(first, second, strict=True) if one != other]
    if len(pairs) != 1:
        return False
    one, other = pairs[0]
    if min(len(one), len(other)) < SHORTEST or one[0] != other[0] or any(map(str.isdecimal, one + other)):
        return False
    return _distance(one, other) <= (2 if min(len(one), len(other)) >= LONG else 1)


def _distance(one: str, other: str) -> int:
    """The least number of letters to add, drop, change, or swap with the next that turns one word into the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]
