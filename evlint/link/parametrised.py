"""Handlers whose base class is made for an event: `class SendReceipt(EventHandler[OrderPaid])`.

Who finds and registers them is a framework, or code that looks for subclasses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evlint.link import hints
from evlint.link.emissions import Emission
from evlint.link.identities import class_identity, is_event, is_generic_event
from evlint.link.readings import Handler, Manner
from evlint.link.scopes import Scope, Site
from evlint.link.sites import Sites
from evlint.link.values import ClassObject, Frame
from evlint.link.walk import last_name
from evlint.model.facts import Call, Class, Name, Sequence, Subscript
from evlint.words.paths import is_test

BASE = re.compile(
    r"(?:Event|Message|Notification)\w*(?:Handler|Subscriber|Listener|Consumer|Observer|Projector|Reactor)\w*$"
    r"|^(?:I|Base|Abstract|Async)?(?:Handler|Subscriber|Listener|Consumer|Projector|Reactor)$"
)
OTHERS = re.compile(r"Command|Query|Request|Exception|Error")
HANDLING = re.compile(
    r"^(?:__call__|_?(?:async_)?(?:handle|on|consume|process|receive|execute|notify|when|react|run)\w*)$"
)
MADE_FOR = Manner("class", "", "in-process", "parametrised", "strong", named=False, strict=True)


def parametrised(sites: Sites, known: Iterable[Emission]) -> Iterator[Emission]:
    """Subscriptions by the type argument of a base, unless the program is seen to register such classes itself."""
    registered = {
        base
        for emission in known
        if not is_test(emission.site.scope.module.path)
        for handler in emission.handlers
        if handler.scope is not None
        for base in _bases(handler.scope if handler.scope.kind == "class" else handler.scope.owner)
    }
    for scope in sites.scopes:
        if scope.kind != "class" or OTHERS.search(scope.name) or not registered.isdisjoint(_bases(scope)):
            continue
        events = dict.fromkeys(_events(sites, scope))
        if events and any(HANDLING.match(method.name) for method in scope.methods()):
            handler = Handler(scope, scope.qualname, scope.span)
            site = Site(Call(Name(scope.name, scope.span), (), scope.span), scope.parent or scope, "passed")
            for event in events:
                yield Emission(site, class_identity(event, MADE_FOR), MADE_FOR, None, (handler,))


def _bases(scope: Scope | None) -> Iterator[str]:
    """The names of the bases that are made for something and called handlers."""
    if scope is not None and isinstance(scope.node, Class):
        for base in scope.node.bases:
            if isinstance(base.value, Subscript) and not base.keyword:
                name = last_name(base.value.value)
                if BASE.search(name) and not OTHERS.search(name):
                    yield name


def _events(sites: Sites, scope: Scope) -> Iterator[Scope]:
    evaluator = sites.evaluator
    assert isinstance(scope.node, Class)
    for base in scope.node.bases:
        node = base.value
        if isinstance(node, Subscript) and not base.keyword and last_name(node.value) in set(_bases(scope)):
            arguments = node.index.items if isinstance(node.index, Sequence) else (node.index,)
            for part in (part for argument in arguments for part in hints.alternatives(argument)):
                for value in evaluator.values(part, Frame(scope.parent or scope)):
                    made_for = value.scope if isinstance(value, ClassObject) else None
                    if made_for and not is_generic_event(made_for.name) and is_event(evaluator, made_for):
                        yield made_for


__all__ = ["parametrised"]
