"""Tell from the bytes of a file whether it can hold anything that linking would look at.

The screen may let too much through, never too little: an unscreened run finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import msgspec

from evlint.model.dialect import Dialect
from evlint.model.source import digest

# A home-made bus (link.shapes): a function that may publish, and in the same class or at module level something that
# is stored, and something taken out of a store that is called.
_PUBLISHING = re.compile(
    rb"def _*(?:a|async_)?(?:publish|emit|dispatch|fire|notify|send|trigger|broadcast|announce|deliver|propagate"
    rb"|(?:handle|raise|signal|post)(?:_?(?:all|async|now|\w*(?:event|message|signal|notification)s?))?\b)"
)
# … or a class that is called one.
_CONDUIT = re.compile(
    rb"class _*\w*(?:event|signal|message|notification)s?_?(?:engine|bus|manager|hub|cent(?:er|re)|system|broker|router"
    rb"|queue)\b|class \w*Bus\b",
    re.IGNORECASE,
)
# … or a class that registers handlers under what a delivery says of itself (link.receiving).
_REGISTERING = re.compile(
    rb"def _*(?:async_)?(?:on|when|register|subscribe|subscriber|add|listens?|handles?|handler|bind|attach|set|consumes?"
    rb"|receives|event|project)(?:_\w*)?\([^)]*(?:event|topic|routing|subject|message|msg|channel|queue|kind|type|name|key)",
    re.IGNORECASE,
)
_CONDUITS = (_PUBLISHING, _CONDUIT, _REGISTERING)
_AT_MODULE_LEVEL = tuple(
    re.compile(rb"^(?:async )?" + pattern.pattern, re.MULTILINE | pattern.flags)
    for pattern in (_PUBLISHING, _REGISTERING)
)
_CLASS = re.compile(rb"^[ \t]*class ", re.MULTILINE)
_STORED = re.compile(rb"\.(?:append|add|insert|appendleft|setdefault|extend)\(|\] *\+?= *[\w\[(]")
_TAKEN = re.compile(rb"for \(?((?:\w+, ?)*\w+)\)? in |(\w+) :?= (?:await )?[\w.]+(?:\[|\.get\(|\.pop\()")
_CALLED_AT_ONCE = re.compile(rb"[\])]\(")
_HANDLING = tuple(
    b".handle( .on_event( .notify( .update( .process( .receive( .put( .put_nowait( .handle_event(".split()
)
_INSIDE_NAME = frozenset(bytes([code]) for code in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
# A dict named like a table of handlers (link.homemade).
_DICT = re.compile(rb"= *\{|=\s*\{")
_HANDLERS = re.compile(rb"handler|subscri|listener|observer|receiver|callback|subs|consumer|hooks", re.IGNORECASE)
# Something added to a buffer of events (link.recording).
_OUTBOX = re.compile(
    rb"[oO]utbox|\._?(?:record|register|raise|add)_(?:domain_|integration_|new_)?(?:event|message)s?\("
)
# A parameter named like a publishing function (link.injected).
_INJECTED = re.compile(rb"[(,]\s*_?(?:publish|emit|dispatch|raise)(?:er)?(?:_\w*events?)?\s*[:,)=]")
# A list of event handlers (link.gathered).
_LISTED = re.compile(
    rb"(?:events?_?(?:handler|listener|subscriber|consumer)s(?:_list)?|\b_*(?:subscribers|listeners|projectors|reactors))"
    rb"(?:\s*:[^=\n]+)?\s*=\s*(?:[\[(]|\w+(?:\.\w+)*[\[(])",
    re.IGNORECASE,
)
# Something called a bus (link.spoken): a publishing verb, and what stands before its dot.
_SAYING = re.compile(
    rb"\.\s*(?:a|async_)?(?:publish|emit|dispatch|post|fire|raise|notify|send|trigger|handle|broadcast)(?:_\w*)?\s*\("
)
_TELLING = re.compile(
    rb"(?<!def )(?<!\w)_*(?:a|async_)?(?:publish|emit|dispatch|fire|broadcast)_(?:\w+_)?events?(?:_async)?\s*\("
)
_BUS = re.compile(
    rb"(?:bus|dispatcher|emitter|mediator|publisher|event_?(?:manager|broker|producer|sender|store|hub))(?:\(\))?\s*\Z",
    re.IGNORECASE,
)
# Handlers that say themselves what they take (link.subscribers).
_DECLARING = re.compile(
    rb"(?:def |^\s+)_*(?:events_)?(?:subscribed_to|subscribes_to|subscribed_events|listens_to|handled_events|handles"
    rb"|event_types?|interested_in|supported_events)\s*(?:\(|=|:.*=)",
    re.MULTILINE,
)
_DECLARED = tuple(
    b"subscribed_to subscribes_to subscribed_events listens_to handled_events handles event_type interested_in"
    b" supported_events".split()
)
# A base class that is made for an event (link.parametrised).
_MADE_FOR = re.compile(rb"[(,\s](?:\w+\.)*\w*(?:Handler|Subscriber|Listener|Consumer|Observer|Projector|Reactor)\w*\[")
_REGISTERED = re.compile(
    rb"@(?:\w+\.)*_*[a-z]\w*\.register\b|\.multibind\s*\(|[\"'](?:handler|subscriber|callback|listener)s?[\"']\s*:"
)
_RECORDING = re.compile(rb"(?:events|messages)\s*(?:\.\s*(?:append|add|extend|appendleft|insert|push)\s*\(|\+=)")
# A function that AWS Lambda runs, which looks at what it is given (link.lambdas).
_LAMBDA = re.compile(rb"detail[-_]type|[\"']Records[\"']")
_IMPORT = re.compile(rb"\b(?:from|import)[ \t]+([\w., \t]+)")
# Comments that accept findings are counted even where nothing is found.
_COMMENT = re.compile(rb"#\s*evlint:|#\s*noqa:[^\n]*EVL", re.IGNORECASE)
# What calls, or is, a bus that nobody knows (link.candidates).
_SEEMING = re.compile(
    _PUBLISHING.pattern
    + rb"|\.\s*(?:a|async_)?(?:publish|emit|dispatch|fire|notify|broadcast|announce|propagate|subscribe"
    rb"|listen|add_(?:\w+_)?(?:handler|listener|subscriber|observer|callback))(?:_\w+)?\s*\("
)


class Screen(msgspec.Struct, frozen=True):
    """The words of the active dialects, as patterns on bytes."""

    words: re.Pattern[bytes] | None

    @property
    def key(self) -> str:
        """What the screen's answers depend on besides a file's bytes: the words and this module."""
        return digest((self.words.pattern if self.words else b"") + Path(__file__).read_bytes())

    def admits(self, data: bytes) -> bool:
        """Whether the file may hold a publication, subscription, event, bus or suppression."""
        if self.words is not None and self.words.search(data):
            return True
        if (
            _holds_table(data)
            or _INJECTED.search(data)
            or _LISTED.search(data)
            or _speaks(data)
            or _declares(data)
            or _LAMBDA.search(data)
            or _RECORDING.search(data)
            or _OUTBOX.search(data)
            or _COMMENT.search(data)
        ):
            return True
        return _may_hold_bus(data)


def _speaks(data: bytes) -> bool:
    return _TELLING.search(data) is not None or any(
        _BUS.search(data, max(match.start() - 40, 0), match.start()) for match in _SAYING.finditer(data)
    )


def _declares(data: bytes) -> bool:
    if _REGISTERED.search(data) or _holds_made_for(data):
        return True
    return any(word in data for word in _DECLARED) and bool(_DECLARING.search(data))


def _holds_made_for(data: bytes) -> bool:
    return any(
        data.rfind(b"class ", max(match.start() - 400, 0), match.start()) >= 0 for match in _MADE_FOR.finditer(data)
    )


def _holds_table(data: bytes) -> bool:
    return any(
        _HANDLERS.search(data, data.rfind(b"\n", 0, match.start()) + 1, match.start()) for match in _DICT.finditer(data)
    )


def _may_hold_bus(data: bytes) -> bool:
    if not any(pattern.search(data) for pattern in _CONDUITS):
        return False
    if any(pattern.search(data) for pattern in _AT_MODULE_LEVEL) and _is_bus_like(data):
        return True
    cuts = [0, *(match.start() for match in _CLASS.finditer(data)), len(data)]
    return any(
        any(pattern.search(data, start, end) for pattern in _CONDUITS) and _is_bus_like(data[start:end])
        for start, end in pairwise(cuts)
    )


def _is_bus_like(block: bytes) -> bool:
    if not _STORED.search(block):
        return False
    if _CALLED_AT_ONCE.search(block):
        return True
    taken = {name for match in _TAKEN.finditer(block) for name in (match[1] or match[2]).replace(b" ", b"").split(b",")}
    return any(_is_called(name, block) for name in taken - {b"_", b""})


def _is_called(name: bytes, block: bytes) -> bool:
    """Whether a variable is called, handed to something with arguments, or asked to handle."""
    if any(name + method in block for method in _HANDLING):
        return True
    at = block.find(name)
    while at >= 0:
        before = block[max(at - 40, 0) : at].rstrip()[-1:]
        after = block[at + len(name) : at + len(name) + 40].lstrip()[:1]
        if block[at - 1 : at] not in _INSIDE_NAME and (after == b"(" or (after == b"," and before in (b"(", b","))):
            return True
        at = block.find(name, at + 1)
    return False


def screen_for(dialects: Iterable[Dialect]) -> Screen:
    """The screen that lets through what the dialects can match."""
    methods: set[str] = set()
    calls: set[str] = set()
    names: set[str] = set()
    functions: set[str] = set()
    for dialect in dialects:
        for pattern in dialect.in_use:
            for entry in pattern.match:
                owner, _, last = entry.rpartition(".")
                if owner not in dialect.types:
                    (functions if pattern.kind in ("call", "table", "object") else names).add(last)
                elif last.startswith("__"):
                    receiver = dialect.types[owner]
                    names.update(name.rpartition(".")[2] for name in (*receiver.names, *receiver.decorated_by))
                elif pattern.kind == "table":
                    names.update(dialect.types[owner].variables)
                elif pattern.kind in ("call", "loop"):
                    calls.add(last)
                else:
                    methods.add(last)
    return Screen(_pattern(methods, names, calls - methods, functions - names))


def widened(screen: Screen) -> Screen:
    """A screen that lets through what seems to speak to a bus, too."""
    known = rb"|" + screen.words.pattern if screen.words is not None else b""
    return Screen(re.compile(_SEEMING.pattern + known))


def admitting(words: Iterable[tuple[str, bool, tuple[str, ...]]]) -> Callable[[bytes], bool]:
    """A test for files that use a word, as (name, whether it is a method, companions of which one must be there)."""
    words = list(words)
    companions: dict[bytes, set[bytes]] = {}
    for name, _, others in words:
        companions.setdefault(name.encode(), set()).update(item.lower().encode() for item in others)
    pattern = _pattern(
        [name for name, is_method, _ in words if is_method], [name for name, is_method, _ in words if not is_method]
    )

    def admits(data: bytes) -> bool:
        if pattern is None:
            return False
        found = {match[0].lstrip(b". \t\r\n") for match in pattern.finditer(data)}
        wanted = set().union(*(companions[name] for name in found))
        lowered = data.lower() if wanted else b""
        return any(other in lowered for other in wanted)

    return admits


def _pattern(
    methods: Iterable[str], names: Iterable[str], calls: Iterable[str] = (), functions: Iterable[str] = ()
) -> re.Pattern[bytes] | None:
    """Methods count after a dot, names as whole words; calls and functions where a bracket follows as well."""
    parts: list[bytes] = []
    if calls := sorted(set(calls)):
        parts.append(rb"\.\s*(?:" + b"|".join(re.escape(word.encode()) for word in calls) + rb")\s*\(")
    if functions := sorted(set(functions)):
        # Called, or imported under another name.
        parts.append(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in functions) + rb")(?:\s*\(|\s+as\b)")
    if methods := sorted(set(methods)):
        parts.append(rb"\.\s*(?:" + b"|".join(re.escape(word.encode()) for word in methods) + rb")\b")
    if names := sorted(set(names)):
        parts.append(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in names) + rb")\b")
    return re.compile(b"|".join(parts)) if parts else None


def _imported(corpus: Iterable[bytes]) -> set[str]:
    """The dotted names that import statements name."""
    lines: set[bytes] = set()
    for data in corpus:
        lines.update(_IMPORT.findall(data))
    found: set[str] = set()
    for line in lines:
        package, _, names = line.decode(errors="replace").partition(" import ")
        prefix = f"{package.strip()}." if names else ""
        for part in (names or package).split(","):
            words = part.split()
            found.add(prefix + (words[0] if words else ""))
    return found


def active(dialects: Iterable[Dialect], corpus: Iterable[bytes]) -> tuple[Dialect, ...]:
    """The dialects of frameworks that occur in the files at all."""
    names = _imported(corpus)
    return tuple(dialect for dialect in dialects if _is_detected(dialect, names))


def _is_detected(dialect: Dialect, names: set[str]) -> bool:
    words = tuple(dialect.dialect.detect.imports)
    return not words or any(name.startswith(words) for name in names)
