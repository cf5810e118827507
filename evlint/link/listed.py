"""Handlers that a framework finds by the name of a variable: `class WorkerSettings: functions = [bill]`."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link.emissions import Emission
from evlint.link.matching import manner
from evlint.link.objects import each
from evlint.link.readings import Place
from evlint.link.scopes import Binding, Scope, Site
from evlint.link.sites import Sites
from evlint.link.tasks import identities, runners
from evlint.link.values import Frame
from evlint.link.vocabulary import Rule
from evlint.model.facts import Call, Literal, Mapping


def listed(sites: Sites) -> Iterator[Emission]:
    """The handlers in lists that stand in the variables that table rules name."""
    rules: dict[str, list[Rule]] = {}
    for rule in sites.evaluator.vocabulary.all_rules("table"):
        for name in rule.type.receiver.variables if rule.type is not None else ():
            rules.setdefault(name, []).append(rule)
    if not rules:
        return
    for module in sites.modules:
        for name, found in rules.items():
            for binding in module.scope.bindings.get(name, ()):
                for rule in found:
                    for place in _lists(rule, binding, module.scope):
                        yield from _handlers(sites, rule, place)


def _lists(rule: Rule, binding: Binding, scope: Scope) -> Iterator[Place]:
    """What a class holds in the attribute, or a dict under the key, that the rule names."""
    if binding.scope is not None:
        for inner in binding.scope.bindings.get(rule.name, ()):
            if inner.value is not None:
                yield inner.value, Frame(binding.scope)
    elif isinstance(binding.value, Mapping):
        for pair in binding.value.items:
            if isinstance(pair.key, Literal) and pair.key.value == rule.name:
                yield pair.value, Frame(scope)


def _handlers(sites: Sites, rule: Rule, place: Place) -> Iterator[Emission]:
    way = manner(rule, "certain")
    node, frame = place
    site = Site(Call(node, (), node.span), frame.scope, "passed")
    for value in each(sites.evaluator, node, frame):
        for identity in identities(value, way):
            for handler in runners([value]):
                yield Emission(site, identity, way, None, (handler,))
