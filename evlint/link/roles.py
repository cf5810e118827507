"""Read the roles of a dialect's pattern off a call, a decorator or a handler."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from evlint.link import hints, texts
from evlint.link.arguments import keyword, positional
from evlint.link.evaluate import Evaluator
from evlint.link.names import lookup
from evlint.link.readings import Place
from evlint.link.scopes import Scope
from evlint.link.values import ExternalObject, Frame, FunctionObject, Instance, Items, Table, Text
from evlint.link.vocabulary import Rule
from evlint.link.walk import dotted, last_name, statements
from evlint.model.facts import Assign, Attribute, Await, Call, Expression, Literal, Name, Subscript
from evlint.model.roles import Role, Step, Transform, parse
from evlint.words.identifiers import split

role_of: Callable[[str], Role] = cache(parse)

LOOKING_UP = re.compile(r"\.(?:get|pop|setdefault|getattr|fetch\w*|load\w*|read\w*|replace|format|join|split|strip)$")
# Arguments by which objects such as queues, exchanges and subscriptions are named, most telling first.
NAMING = ("routing_key", "name", "topic", "subject", "channel", "stream", "list", "pattern", "queue", "value")


def places(
    evaluator: Evaluator, rule: Rule, name: str, call: Call | None, frame: Frame, decorated: Scope | None = None
) -> list[Place]:
    """The expressions that play the role `name`, each with the frame it is read in."""
    text = rule.pattern.roles.get(name)
    return [] if text is None else list(_places(evaluator, role_of(text), _invoked(rule, call), frame, decorated))


def starts(evaluator: Evaluator, rule: Rule, call: Call, frame: Frame) -> Iterator[Place]:
    """The arguments in which the event and its topic must be, however deep."""
    for name in ("event", "topic"):
        text = rule.pattern.roles.get(name)
        if text is not None and role_of(text).path:
            yield from ((node, frame) for node in _arguments(role_of(text), call))


def _invoked(rule: Rule, call: Call | None) -> Call | None:
    """The call as one of a method, where what is called is itself the receiver."""
    if call is None or rule.name != "__call__" or rule.pattern.kind != "call":
        return call
    return Call(Attribute(call.func, rule.name, call.func.span), call.args, call.span)


def _places(
    evaluator: Evaluator, role: Role, call: Call | None, frame: Frame, decorated: Scope | None
) -> Iterator[Place]:
    match role.source:
        case "positional" | "keyword" | "all_positional" | "all_keywords":
            if call is not None:
                for node in _arguments(role, call):
                    yield from _along(evaluator, (node, frame), role.path)
        case "receiver":
            if call is not None and isinstance(call.func, Attribute):
                if not role.names:
                    yield call.func.value, frame
                else:
                    yield from carried(evaluator, call.func.value, frame, role.names[0])
        case "constant" if call is not None:
            yield Literal(role.names[0], "str", call.span), frame
        case "parameter" if decorated is not None:
            yield from _parameter(role, decorated)
        case "decorated" if decorated is not None and role.detail == "name":
            yield Literal(decorated.name, "str", decorated.span), frame
        case "return" if decorated is not None:
            for expression in decorated.returns:
                yield expression, Frame(decorated)
        case "attribute" if decorated is not None:
            for item in role.names:
                for binding in decorated.bindings.get(item, ()):
                    if binding.value is not None:
                        yield binding.value, Frame(decorated)


def _arguments(role: Role, call: Call) -> Iterator[Expression]:
    if role.source == "all_positional":
        plain = [item.value for item in call.args if not item.keyword and item.star != "**"]
        yield from plain[role.position :]
    elif role.source == "all_keywords":
        yield from (item.value for item in call.args if item.keyword and item.keyword not in role.names)
        return
    elif role.source == "positional":
        found = positional(call, role.position)
        if found is not None:
            yield found
            return
    for name in role.names:
        given = keyword(call, name)
        if given is not None:
            yield given


def _parameter(role: Role, decorated: Scope) -> Iterator[Place]:
    parameters = decorated.arguments()
    if role.names:
        chosen = [item for item in parameters if item.name in role.names]
    else:
        chosen = list(parameters[role.position : role.position + 1])
    for item in chosen:
        if role.detail == "annotation":
            if item.annotation is not None:
                outside = Frame(decorated.parent or decorated)
                yield from ((node, outside) for node in hints.alternatives(item.annotation))
        elif role.detail == "name":
            yield Literal(item.name, "str", decorated.span), Frame(decorated)
        else:
            yield Name(item.name, decorated.span), Frame(decorated)


def _along(evaluator: Evaluator, place: Place, path: tuple[Step, ...]) -> Iterator[Place]:
    """Follow a path into nested literals and constructor calls."""
    if not path:
        yield place
        return
    step, rest = path[0], path[1:]
    for inner in _step(evaluator, place, step):
        yield from _along(evaluator, inner, rest)


def _step(evaluator: Evaluator, place: Place, step: Step) -> Iterator[Place]:
    node, frame = place
    for value in evaluator.values(node, frame):
        match value:
            case Items() if step.kind == "each":
                yield from ((item, value.frame) for item in value.node.items)
            case Table() if step.kind in ("item", "name"):
                for pair in value.node.items:
                    if isinstance(pair.key, Literal) and pair.key.value == step.name:
                        yield pair.value, value.frame
                yield from _set_later(value, step.name)
            case Instance() if value.call is not None and value.frame is not None:
                if step.kind in ("call", "each"):
                    yield node, frame
                else:
                    found = (keyword(value.call, name) for name in step.name.split(","))
                    yield from ((given, value.frame) for given in found if given is not None)


def _set_later(table: Table, key: str) -> Iterator[Place]:
    """What is stored under a key of a dict after it was made: `event["DetailType"] = "OrderPlaced"`."""
    scope = table.frame.scope
    names = {
        name
        for name, bindings in scope.bindings.items()
        if any(binding.kind == "value" and binding.value is table.node for binding in bindings)
    }
    for statement in statements(scope.body) if names else ():
        if isinstance(statement, Assign) and statement.value is not None:
            for target in statement.targets:
                match target:
                    case Subscript(value=Name(id=name), index=Literal(value=value)) if name in names and value == key:
                        yield statement.value, table.frame


def carried(evaluator: Evaluator, receiver: Expression, frame: Frame, name: str, depth: int = 0) -> Iterator[Place]:
    """The places of a role that the receiver got from the call that made it, or from later calls on it."""
    if depth > 6:
        return
    added = list(_added(evaluator, receiver, frame, name))
    if not added and isinstance(receiver, Attribute):
        # What belongs to a receiver takes part in what is told to it: `client.messages`.
        added = list(_added(evaluator, receiver.value, frame, name))
    if added:
        yield from added
        return
    for value in evaluator.values(receiver, frame):
        if not isinstance(value, Instance) or value.call is None or value.frame is None:
            continue
        if value.frame.scope is not frame.scope:
            for variable in _variables(value.call, value.frame.scope):
                yield from _added(evaluator, variable, value.frame, name)
        for text in _carrying(evaluator, value, name):
            yield from _places(evaluator, role_of(text), value.call, value.frame, None)


def _carrying(evaluator: Evaluator, value: Instance, name: str) -> Iterator[str]:
    vocabulary = evaluator.vocabulary
    for reference in vocabulary.types(value, evaluator):
        carry = reference.dialect.types[reference.key].carry.get(name)
        if carry is not None:
            yield carry
        for rule in _making(evaluator, value):
            if rule.pattern.as_type == reference.key and rule.dialect is reference.dialect:
                if name in rule.pattern.roles:
                    yield rule.pattern.roles[name]
                return


def _making(evaluator: Evaluator, value: Instance) -> Iterator[Rule]:
    """The rules by which a call made a carrier."""
    assert value.call is not None
    last = last_name(value.call.func)
    for kind in ("object", "decorator", "call"):
        yield from evaluator.vocabulary.rules(kind, last)


def _added(evaluator: Evaluator, receiver: Expression, frame: Frame, name: str) -> Iterator[Place]:
    """Roles given by later calls on the same variable: `consumer.subscribe(["orders"])`."""
    for site in _calls_on(receiver, frame.scope):
        last = last_name(site.func)
        for rule in evaluator.vocabulary.rules("call", last):
            if rule.pattern.act == "carry" and name in rule.pattern.roles:
                found = list(_places(evaluator, role_of(rule.pattern.roles[name]), site, frame, None))
                if name == "topic" and _is_blank(evaluator, found):
                    found += places(evaluator, rule, "exchange", site, frame)
                yield from found


def _variables(call: Call, scope: Scope) -> Iterator[Name]:
    """The variables of `scope` that hold what `call` made."""
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            value = binding.value.value if isinstance(binding.value, Await) else binding.value
            if value is call and binding.kind == "value":
                yield Name(name, call.span)


def _calls_on(receiver: Expression, scope: Scope) -> Iterator[Call]:
    wanted = _spelling(receiver)
    if not wanted:
        return
    around: Scope | None = scope
    while around is not None and around.kind != "class" and around.parent is not None and wanted.startswith("self."):
        around = around.parent
    for inner in (around or scope).all_scopes():
        for site in inner.sites:
            if isinstance(site.call.func, Attribute) and _spelling(site.call.func.value) == wanted:
                yield site.call


def _spelling(node: Expression) -> str:
    """A variable or an attribute of one, as written; empty for anything else."""
    name = dotted(node)
    return name if name.replace(".", "").isidentifier() else ""


def _spellings(evaluator: Evaluator, node: Expression, scope: Scope) -> set[str]:
    """How a queue may be written: as it is, or as what its variable was set to (`result.method.queue`)."""
    found = {_spelling(node)}
    if isinstance(node, Name):
        _, bindings = lookup(evaluator, scope, node.id)
        found |= {_spelling(item.value) for item in bindings if item.kind == "value" and item.value is not None}
    return found - {""}


def topics(
    evaluator: Evaluator, rule: Rule, name: str, call: Call | None, frame: Frame, decorated: Scope | None = None
) -> list[Text]:
    """The strings that the role `name` says, transformed as it demands."""
    written = rule.pattern.roles.get(name)
    if written is None:
        return []
    role = role_of(written)
    found: list[Text] = []
    given = list(_places(evaluator, role, _invoked(rule, call), frame, decorated))
    if name == "topic" and _is_blank(evaluator, given):
        # An exchange that ignores routing keys is what its messages are known by.
        given = places(evaluator, rule, "exchange", call, frame, decorated)
    for place in given:
        found.extend(named(evaluator, place))
    if call is not None and "queue" in rule.pattern.roles and rule.pattern.act != "bind":
        found = _bound(evaluator, rule, call, frame) or found
    if role.source == "receiver" and role.names and call is not None and isinstance(call.func, Attribute):
        found = _as_made(evaluator, call.func.value, frame, role.names[0], found)
    for transform in role.transforms:
        found = [_transformed(evaluator, text, transform, call, frame) for text in found]
    return found


def _as_made(evaluator: Evaluator, receiver: Expression, frame: Frame, name: str, found: list[Text]) -> list[Text]:
    """The texts that a receiver carries, transformed as where it was made."""
    for value in evaluator.values(receiver, frame):
        if isinstance(value, Instance) and value.call is not None and value.frame is not None:
            for written in _carrying(evaluator, value, name):
                for transform in role_of(written).transforms:
                    found = [_transformed(evaluator, text, transform, value.call, value.frame) for text in found]
                return found
    return found


def _is_blank(evaluator: Evaluator, given: list[Place]) -> bool:
    """Whether no routing key is given, or an empty one."""
    return all(evaluator.values(*place) == (Text(""),) for place in given)


def _bound(evaluator: Evaluator, rule: Rule, call: Call, frame: Frame) -> list[Text]:
    """The topics that the queue of a call is bound to, by calls in the same class or module."""
    wanted = [place[0] for place in _places(evaluator, role_of(rule.pattern.roles["queue"]), call, frame, None)]
    spelled = {name for node in wanted for name in _spellings(evaluator, node, frame.scope)}
    texts_wanted = {text.value for node in wanted for text in named(evaluator, (node, frame))}
    found: list[Text] = []
    for scope in _around(frame.scope).all_scopes():
        for site in scope.sites:
            for other in evaluator.vocabulary.rules("call", last_name(site.call.func)):
                if other.pattern.act == "bind" and other.dialect is rule.dialect:
                    queues = places(evaluator, other, "queue", site.call, Frame(scope))
                    if any(_is_same(evaluator, queue, spelled, texts_wanted) for queue in queues):
                        found.extend(topics(evaluator, other, "topic", site.call, Frame(scope)))
    return list(dict.fromkeys(found))


def _around(scope: Scope) -> Scope:
    """The class or module-level function that `scope` stands in."""
    while scope.parent is not None and scope.parent.kind != "module" and scope.kind != "class":
        scope = scope.parent
    return scope


def _is_same(evaluator: Evaluator, place: Place, spelled: set[str], known: set[str]) -> bool:
    return bool(_spellings(evaluator, place[0], place[1].scope) & spelled) or any(
        text.value in known for text in named(evaluator, place)
    )


def named(evaluator: Evaluator, place: Place, depth: int = 0) -> Iterator[Text]:
    """The strings at a place: texts, items of lists, keys of dicts, and what queue-like objects are called."""
    if depth > 4:
        return
    node, frame = place
    for value in evaluator.values(node, frame):
        match value:
            case Text() if value.is_known:
                yield value
            case ExternalObject(name=name) if name.rpartition(".")[2].isupper():
                yield Text(name.rpartition(".")[2], name)
            case FunctionObject(scope=scope) if scope.kind == "function":
                yield Text(scope.name)
            case Items():
                for item in value.node.items:
                    yield from named(evaluator, (item, value.frame), depth + 1)
            case Table():
                for pair in value.node.items:
                    if pair.key is not None:
                        yield from named(evaluator, (pair.key, value.frame), depth + 1)
            case Instance(type=made) if value.call is not None and value.frame is not None and _is_named(made):
                inner = _naming(value.call)
                if inner is not None:
                    yield from named(evaluator, (inner, value.frame), depth + 1)


def _is_named(made: Scope | str) -> bool:
    """Whether it is called by an argument; what methods such as `data.get("queue")` give is not."""
    return not isinstance(made, str) or (not made.startswith("builtins.") and not LOOKING_UP.search(made))


def _naming(call: Call) -> Expression | None:
    """The argument by which the made object is called; what is in something else comes last in its path."""
    if last_name(call.func).endswith("_path"):
        given = [keyword(call, "topic"), keyword(call, "subscription"), *(item.value for item in call.args[::-1])]
        return next((node for node in given if node is not None), None)
    given = [keyword(call, NAMING[0]), positional(call, 0), *(keyword(call, name) for name in NAMING[1:])]
    return next((node for node in given if node is not None), None)


def _transformed(evaluator: Evaluator, text: Text, transform: Transform, call: Call | None, frame: Frame) -> Text:
    value = text.value
    match transform.name:
        case "dots_to_underscore":
            value = value.replace(".", "_")
        case "camel":
            value = "".join(part[:1].upper() + part[1:] for part in value.split("_"))
        case "snake":
            value = "_".join(word.lower() for word in split(value))
        case "last":
            value = re.split(f"[{re.escape(transform.argument)}]", value)[-1]
        case "strip":
            value = value.removesuffix(transform.argument).removeprefix(transform.argument)
        case "prefix" if call is not None and isinstance(call.func, Attribute):
            role = transform.argument.removeprefix("recv.")
            for place in carried(evaluator, call.func.value, frame, role):
                prefix = texts.one_text(evaluator, *place)
                value = f"{prefix.value}{value}" if prefix is not None else value
    return Text(value, text.symbol, text.location) if value != text.value else text
