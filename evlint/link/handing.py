"""Methods that are handed to an object, which keeps and calls them: `Stock(bus.publish)`, `self.tell = tell`."""

from __future__ import annotations

from collections.abc import Iterator

from evlint.link.arguments import bind
from evlint.link.evaluate import Evaluator
from evlint.link.scopes import Scope, Site
from evlint.link.values import ClassObject, Frame, FunctionObject
from evlint.model.facts import Attribute, Name


def keepers(evaluator: Evaluator, site: Site, function: Scope) -> Iterator[tuple[Scope, str]]:
    """The classes that `site` makes an instance of, with the attributes in which they keep `function`."""
    frame = Frame(site.scope)
    for made in evaluator.values(site.call.func, frame):
        init = evaluator.classes.method(made.scope, "__init__") if isinstance(made, ClassObject) else None
        if init is None or init.owner is None:
            continue
        for parameter, (node, _) in bind(init, site.call, frame).items():
            if isinstance(node, Attribute) and node.attr == function.name:
                values = evaluator.values(node, frame)
                if any(isinstance(value, FunctionObject) and value.scope is function for value in values):
                    yield from ((init.owner, name) for name in _kept(init, parameter))


def _kept(init: Scope, parameter: str) -> Iterator[str]:
    assert init.owner is not None
    for name, bindings in init.owner.attributes.items():
        if any(
            method is init and isinstance(binding.value, Name) and binding.value.id == parameter
            for binding, method in bindings
        ):
            yield name
