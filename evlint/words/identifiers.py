"""Split names into their words."""

from __future__ import annotations

import re

# Names whose capitals do not part words; each counts as one word.
_BRANDS = re.compile(
    r"(?:OAuth|OpenId|GitHub|GitLab|BitBucket|LinkedIn|PayPal|YouTube|WhatsApp|FedEx|DocuSign|HubSpot|MailChimp"
    r"|JavaScript|TypeScript|PostgreSQL|MySQL|NoSQL|GraphQL|DynamoDB|MongoDB|IoT|iOS|macOS|IPv4|IPv6)(?![a-z])"
)
# Over the shape of a name: A is a capital, a another letter, 0 a digit, and - parts words.
_WORD = re.compile(
    r"0*A{2,}a(?=A|-|\Z)0*"  # a plural acronym: IDs
    r"|0*A+(?=Aa)"  # an acronym before a word: HTTPServer
    r"|0*A?a+(?:0+a+)*0*"  # a word, digits inside it or at its end: k8s, line1
    r"|0*A+0*"  # an acronym: SMS, V2, SHA256
    r"|0+"
)
_VERSION = re.compile(r"[vV]?\d+(?:\.\d+)*")
TECHNICAL_AFFIXES = frozenset({"base", "abstract", "generic", "mixin", "protocol", "interface"})


def split(name: str) -> tuple[str, ...]:
    """Return the words of `name` as they are spelled: CamelCase, snake, UPPER, kebab, dotted, slashed, `a:b`.

    Acronyms stay whole, and digits stay with the word they are attached to.
    """
    return tuple(name[start:end] for start, end in spans(name))


def spans(name: str) -> tuple[tuple[int, int], ...]:
    """Return where the words of `name` start and end."""
    return tuple(found.span() for found in _WORD.finditer(_shape(name)))


def is_version(word: str) -> bool:
    """Whether a word is a version: `v1`, `V2`, `3`."""
    return _VERSION.fullmatch(word) is not None


def is_technical(name: str) -> bool:
    """Whether a class is named as scaffolding for others: `BaseEvent`, `EventBase`, `AbstractOrder`."""
    words = [word.lower() for word in split(name)]
    return bool(words) and bool({words[0], words[-1]} & TECHNICAL_AFFIXES)


def _shape(name: str) -> str:
    shape = "".join(map(_class, name))
    for brand in _BRANDS.finditer(name):
        shape = f"{shape[: brand.start()]}A{'a' * (len(brand.group()) - 1)}{shape[brand.end() :]}"
    return shape


def _class(character: str) -> str:
    if character.isupper():
        return "A"
    if character.isalpha():
        return "a"
    return "0" if character.isdigit() else "-"
