"""One framework's vocabulary, as `rules/dialects/*.toml` states it."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.model.program import Transport

Identity = Literal["class", "object", "topic", "task"]
Grammar = Literal["exact", "amqp", "nats", "mqtt", "fnmatch", "tuple"]
Scope = Literal["on", "boundary", "subscriber-only", "ui", "off"]
PatternKind = Literal["call", "decorator", "class", "object", "table", "assign", "loop", "region"]
Act = Literal[
    "publish",
    "subscribe",
    "define",
    "carrier",
    "carry",
    "bind",
    "envelope",
    "request",
    "exclude",
    "transaction",
    "defer",
    "ack",
    "nack",
    "dead_letter",
]
# What still counts of a dialect that is off: how things that are known otherwise are treated.
PASSIVE: frozenset[Act] = frozenset({"exclude", "transaction", "defer", "ack", "nack", "dead_letter"})
Modifier = Literal["", "publish_return", "publish_invoke", "buffer"]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Anything that a dialect file holds; unknown keys are refused."""


class Detect(Table, frozen=True):
    """The imports without one of which, anywhere in the program, the dialect is not looked at."""

    imports: tuple[str, ...] = ()


class Header(Table, frozen=True):
    """What the framework is.

    `equiv` maps a name to other public names of the same thing. `versioned` says that the framework itself gives
    every event a version, `traced` that it gives every event the ids of its action, and passes them on.
    """

    id: str
    title: str
    detect: Detect
    identity: Identity
    transport: Transport
    namespace: str = ""
    grammar: Grammar = "exact"
    subclass_delivery: bool = False
    scope: Scope = "on"
    equiv: dict[str, tuple[str, ...]] = {}
    versioned: bool = False
    traced: bool = False


class ReceiverType(Table, frozen=True):
    """A type whose methods the rules name.

    `names` are dotted class names; `returned_by` lists calls that return it, as `pkg.factory()`,
    `othertype.method()` or `pkg.client("sqs")` with a literal first argument; `attrs` maps an attribute to the type
    it has; `decorated_by` lists the decorators whose classes are of this type; `receiver_names` are variable names that count, as likely, where no type is known; `carry` keeps roles of
    the constructing call for later method calls (`recv.topic`); `namespace` is that of its topics, where it is not
    the dialect's own. `variables` are the names of classes, and of dicts, that list handlers for it (`kind = "table"`).
    """

    names: tuple[str, ...] = ()
    returned_by: tuple[str, ...] = ()
    attrs: dict[str, str] = {}
    subclasses: bool = True
    decorated_by: tuple[str, ...] = ()
    receiver_names: tuple[str, ...] = ()
    carry: dict[str, str] = {}
    namespace: str = ""
    variables: tuple[str, ...] = ()


class Expectation(Table, frozen=True):
    """What the example of a pattern must yield, each in any order.

    `events` lists names, `publishes` lists `event` or `event in scope`, `subscribes` lists `event -> handler`.
    """

    events: tuple[str, ...] | None = None
    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    unresolved: int = 0


class Pattern(Table, frozen=True):
    """One thing to recognise.

    `match` lists `<type>.<method>` or dotted names. Acts: `carrier` makes a receiver that keeps its roles, `carry`
    adds roles to a receiver, `bind` says that the role `queue` receives the role `topic`, `envelope` wraps an event. `roles` says where the event, topic, payload, handler … stand,
    in the language of role expressions. `as_type` names the receiver type of a carrier. `bare` lets a decorator
    match without call parentheses, or `"only"` without. `methods` is a regular expression on the methods, as
    `name(parameter)`, of a class that are its handlers. `regions` says in which forms a region opens.
    `once_with` is the parameter by which a handler takes part in the transaction that ends its delivery.
    """

    kind: PatternKind
    match: tuple[str, ...]
    act: Act
    roles: dict[str, str] = {}
    awaited: Literal["yes", "no", "future"] = "no"
    modifier: Modifier = ""
    as_type: str = ""
    bare: bool | Literal["only"] = True
    methods: str = ""
    regions: tuple[Literal["with", "decorator", "callback"], ...] = ()
    once_with: str = ""
    transport: Transport | None = None
    example: str = ""
    expect: Expectation = Expectation()


class External(Table, frozen=True):
    """What is published, or handled, outside every program that uses the framework; glob patterns on dotted names."""

    objects: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


class Dialect(Table, frozen=True):
    schema: Literal[1]
    dialect: Header
    types: dict[str, ReceiverType] = {}
    rule: tuple[Pattern, ...] = ()
    external: External = External()

    @property
    def id(self) -> str:
        return self.dialect.id

    @property
    def namespace(self) -> str:
        return self.dialect.namespace or self.dialect.id

    @property
    def is_on(self) -> bool:
        return self.dialect.scope not in ("ui", "off")

    @property
    def in_use(self) -> tuple[Pattern, ...]:
        """The patterns that count: all, unless the dialect is off."""
        return self.rule if self.is_on else tuple(pattern for pattern in self.rule if pattern.act in PASSIVE)
