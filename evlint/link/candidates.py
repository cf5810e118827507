"""What looks like a bus by how it is used, and was neither proved nor known: for its owner to declare."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evlint.link.arguments import bind
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope, Site
from evlint.link.shapes import BUS_WORDS, HANDLER_WORDS, OTHER_WORDS, PAYLOAD_WORDS, PUBLISHING
from evlint.link.sites import Sites
from evlint.link.stores import KEYED
from evlint.link.values import ExternalObject, Frame, FunctionObject, Instance, Text, Value
from evlint.link.walk import last_name
from evlint.model.bus import Bus
from evlint.model.facts import Attribute, Call, Expression
from evlint.model.source import Location

SUBSCRIBING = re.compile(
    r"^_*(?:a|async_)?(?:subscribe|on|listen|observe|register|attach|connect|when|handles?|react|hear"
    r"|add_(?:\w+_)?(?:handler|listener|subscriber|observer|callback|receiver))(?:_|$)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be a bus: how to declare it, where it is defined if in the program, and who calls it."""

    bus: Bus
    location: Location | None
    calls: tuple[Location, ...]


@dataclass(slots=True)
class _Use:
    """The calls of one class, module or object from outside the program, by the name of the method."""

    owner: Scope | None
    publishes: dict[str, list[Site]] = field(default_factory=dict)
    subscribes: dict[str, list[tuple[Site, bool]]] = field(default_factory=dict)


def candidates(sites: Sites, proved: Iterable[Scope], explained: Iterable[Location]) -> list[Candidate]:
    """What looks like a bus; `explained` are the places of which more is known already."""
    known = {(place.path, place.span) for place in explained}
    uses: dict[str, _Use] = {}
    for site, decorates in _calls(sites):
        if (site.location.path, site.location.span) in known:
            continue
        for name, owner in _owners(sites.evaluator, site.call.func, Frame(site.scope)):
            use = uses.setdefault(name, _Use(owner))
            method = last_name(site.call.func)
            if decorates or _takes_handler(sites.evaluator, site, owner, method):
                use.subscribes.setdefault(method, []).append((site, decorates))
            elif PUBLISHING.match(method):
                use.publishes.setdefault(method, []).append(site)
    known_owners = set(proved)
    found = [
        _candidate(sites.evaluator, name, use)
        for name, use in sorted(uses.items())
        if use.owner not in known_owners and _is_bus(name, use)
    ]
    return sorted(found, key=lambda item: (-len(item.calls), item.bus.of))


def _calls(sites: Sites) -> Iterator[tuple[Site, bool]]:
    """The calls that may publish or subscribe, and the decorators, which are told by the flag."""
    seen: set[int] = set()
    for pattern in (PUBLISHING, SUBSCRIBING):
        for site in sites.calls_matching(pattern):
            if id(site.call) not in sites.decorated and id(site.call) not in seen:
                seen.add(id(site.call))
                yield site, False
    for decoration in sites.all_decorations():
        if decoration.target.kind == "function" and isinstance(decoration.node, Call):
            yield Site(decoration.node, decoration.target.parent or decoration.target, "passed"), True


def _owners(evaluator: Evaluator, callee: Expression, frame: Frame) -> Iterator[tuple[str, Scope | None]]:
    """The class or module whose function is called, by its dotted name; or what is imported from elsewhere."""
    for value in evaluator.values(callee, frame):
        if isinstance(value, FunctionObject) and value.scope.kind == "function":
            owner = value.scope.owner or value.scope.parent
            if owner is not None and owner.kind in ("class", "module") and not _is_known(evaluator, owner):
                yield owner.dotted, owner
    if isinstance(callee, Attribute):
        for value in evaluator.values(callee.value, frame):
            name = _external(value)
            if name and not evaluator.vocabulary.types(value, evaluator) and not evaluator.vocabulary.is_known(name):
                yield name, None


def _is_known(evaluator: Evaluator, owner: Scope) -> bool:
    return owner.kind == "class" and bool(evaluator.vocabulary.types(Instance(owner), evaluator))


def _external(value: Value) -> str:
    name = ""
    if isinstance(value, ExternalObject):
        name = value.name
    elif isinstance(value, Instance) and isinstance(value.type, str) and ":" not in value.type:
        name = value.type
    package = name.partition(".")[0]
    return name if "." in name and package not in sys.stdlib_module_names and package != "builtins" else ""


def _takes_handler(evaluator: Evaluator, site: Site, owner: Scope | None, method: str) -> bool:
    """Whether a call hands over a function: by what stands there, or by what the parameter is called."""
    if not SUBSCRIBING.match(method):
        return False
    function = owner.method(method) if owner is not None else None
    if function is not None and _handler(function) >= 0:
        return True
    return any(_is_function(evaluator, argument.value, site) for argument in site.call.args)


def _is_function(evaluator: Evaluator, node: Expression, site: Site) -> bool:
    return any(isinstance(value, FunctionObject) for value in evaluator.values(node, Frame(site.scope)))


def _is_bus(name: str, use: _Use) -> bool:
    """Publishing and subscribing must both be there: as calls, or in the class that is called."""
    methods = {function.name: function for function in use.owner.methods()} if use.owner is not None else {}
    publishes = use.publishes or any(PUBLISHING.match(method) for method in methods)
    subscribes = use.subscribes or any(
        SUBSCRIBING.match(method) and _handler(function) >= 0 for method, function in methods.items()
    )
    words = " ".join([name.rpartition(".")[2], *use.publishes, *use.subscribes])
    return bool(publishes and subscribes and BUS_WORDS.search(words) and not OTHER_WORDS.search(words))


def _handler(function: Scope) -> int:
    names = [item.name for item in function.arguments()]
    return next((index for index, name in enumerate(names) if HANDLER_WORDS.search(name)), -1)


def _candidate(evaluator: Evaluator, name: str, use: _Use) -> Candidate:
    publishing = {method: _publish_places(use, method) for method in use.publishes}
    subscribing = {method: _subscribe_places(evaluator, use, method, found) for method, found in use.subscribes.items()}
    calls = [site for found in use.publishes.values() for site in found]
    calls += [site for found in use.subscribes.values() for site, _ in found]
    is_topic = any(
        _is_text(evaluator, site, names, use, method)
        for group in (publishing, subscribing)
        for method, names in group.items()
        for site in (*use.publishes.get(method, ()), *(site for site, _ in use.subscribes.get(method, ())))
    )
    bus = Bus(
        of=name,
        publish=tuple(sorted(_text(method, names, ("event",)) for method, names in publishing.items())),
        subscribe=tuple(sorted(_text(method, names, ("event", "handler")) for method, names in subscribing.items())),
        events="topic" if is_topic else "class",
    )
    where = use.owner.location(use.owner.span) if use.owner is not None else None
    return Candidate(bus, where, tuple(sorted(site.location for site in calls)))


def _publish_places(use: _Use, method: str) -> tuple[str, ...]:
    """The parameters of a publishing method up to the event, which is called `event`."""
    names = _parameters(use, method)
    wanted = [index for index, name in enumerate(names) if KEYED.match(name)]
    wanted += [index for index, name in enumerate(names) if PAYLOAD_WORDS.search(name)]
    at = wanted[0] if wanted else 0
    return (*_blank(names[:at]), "event")


def _subscribe_places(evaluator: Evaluator, use: _Use, method: str, found: list[tuple[Site, bool]]) -> tuple[str, ...]:
    """The parameters of a subscribing method up to the last that counts; without `handler` it decorates."""
    if all(decorates for _, decorates in found):
        return ("event",)
    names = _parameters(use, method)
    function = use.owner.method(method) if use.owner is not None else None
    handler = _handler(function) if function is not None else -1
    if handler < 0:
        site = next(site for site, decorates in found if not decorates)
        given = [argument.value for argument in site.call.args if not argument.keyword]
        handler = next((index for index, node in enumerate(given) if _is_function(evaluator, node, site)), 1)
        names = ["_"] * len(given)
    others = [index for index in range(len(names)) if index != handler]
    event = next((index for index in others if KEYED.match(names[index])), others[0] if others else -1)
    shown = _blank(names)
    shown[handler] = "handler"
    if event >= 0:
        shown[event] = "event"
    return tuple(shown[: max(handler, event) + 1])


def _parameters(use: _Use, method: str) -> list[str]:
    function = use.owner.method(method) if use.owner is not None else None
    return [item.name for item in function.arguments()] if function is not None else []


def _blank(names: list[str]) -> list[str]:
    """Names that cannot be taken for those that count."""
    return ["_" if name in ("event", "handler") else name for name in names]


def _text(method: str, names: tuple[str, ...], usual: tuple[str, ...]) -> str:
    return method if names == usual else f"{method}({', '.join(names)})"


def _is_text(evaluator: Evaluator, site: Site, names: tuple[str, ...], use: _Use, method: str) -> bool:
    """Whether the event of a call is a text."""
    if "event" not in names:
        return False
    at = names.index("event")
    given = [argument.value for argument in site.call.args if not argument.keyword]
    node = given[at] if at < len(given) else None
    function = use.owner.method(method) if use.owner is not None else None
    if node is None and function is not None and at < len(function.arguments()):
        node, _ = bind(function, site.call, Frame(site.scope)).get(function.arguments()[at].name, (None, None))
    return node is not None and any(isinstance(value, Text) for value in evaluator.values(node, Frame(site.scope)))
