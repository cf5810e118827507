"""The whole program, names resolved: what linking yields and every later stage reads."""

from __future__ import annotations

from typing import Literal

import msgspec

from evlint.model.contract import Lock
from evlint.model.facts import Suppression
from evlint.model.flow_contract import Declared
from evlint.model.source import Location

EventKind = Literal["class", "signal", "topic"]
Confidence = Literal["certain", "strong", "likely"]
Transport = Literal["in-process", "broker", "capture"]
Form = Literal["dataclass", "attrs", "pydantic", "msgspec", "namedtuple", "typeddict", "framework", "plain", ""]
Mutability = Literal["frozen", "mutable", "unknown"]


class Field(msgspec.Struct, frozen=True):
    """One field of an event's payload.

    `type` is the annotation as written, empty where there is none; `types` holds the dotted names in it, resolved,
    outermost first (`builtins.list`, `shop.orders.Order`). `default` is the default as written.
    `declared_in` is the dotted name of the class that declares it, which may be a base. `description` is what the
    code says about it in words, on one line.
    """

    name: str
    type: str
    required: bool
    location: Location
    types: tuple[str, ...] = ()
    default: str | None = None
    declared_in: str = ""
    description: str = ""


TypeKind = Literal["enum", "record", "table", "entity"]


class DataType(msgspec.Struct, frozen=True):
    """A class of the program that events hold, by its dotted name.

    A `table` is stored by an object-relational mapper, an `entity` has an identity and changes, an `enum` has
    `values`, and a `record` only holds data. `strict` says that reading one refuses fields it does not know.
    """

    id: str
    name: str
    kind: TypeKind
    location: Location
    fields: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    strict: bool = False


class Dump(msgspec.Struct, frozen=True, order=True):
    """An object handed whole to an event: `how` is the code that does it, `type` the dotted name of its class."""

    type: str
    kind: TypeKind
    how: str
    location: Location


class Payload(msgspec.Struct, frozen=True):
    """What a publication sends: an instance of a class, a mapping with the given `keys`, or a text.

    `complete` says that `keys` are all there are.
    """

    kind: Literal["class", "mapping", "text"]
    keys: tuple[str, ...] = ()
    complete: bool = False
    dumps: tuple[Dump, ...] = ()


class EventType(msgspec.Struct, frozen=True):
    """A kind of event.

    `id` is tagged: `class:shop.events.OrderPlaced`, `object:shop.signals.order_placed`, `topic:kafka/orders`,
    and for a task, which is a command, `task:shop.jobs.bill`.
    `aliases` are the other names that it goes by. `bases` is the chain of base classes, nearest first, external ones
    included, which `foreign` lists; `decorators` the dotted names of its decorators. `location` is None for an event that is defined
    outside the program. `external` says that something outside the program publishes it. `version` is that of its
    schema: empty where one is stated whose value is not known, None where nothing states one. `strict` says that reading
    one refuses fields that the class does not know.
    """

    id: str
    name: str
    kind: EventKind
    location: Location | None
    dialect: str
    confidence: Confidence
    transports: tuple[Transport, ...] = ()
    aliases: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    docstring: str = ""
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    form: Form = ""
    mutability: Mutability = "unknown"
    has_subclasses: bool = False
    external: bool = False
    version: str | None = None
    strict: bool = False
    foreign: tuple[str, ...] = ()

    @property
    def is_command(self) -> bool:
        """Whether it asks for something instead of stating what happened: a task."""
        return self.id.startswith("task:")


class Address(msgspec.Struct, frozen=True, order=True):
    """A word by which a publication may pick one consumer out.

    That is an `argument` of its call, the subject of a `test` around it with the text that this is compared with, or
    a variable part of its `topic`.
    """

    kind: Literal["argument", "test", "topic"]
    name: str
    text: str
    location: Location


class Publication(msgspec.Struct, frozen=True):
    """A place that sends an event. `location.symbol` is the scope it stands in, `function` the key of its behaviour.

    `call` is the callee as written. `asynchronous` says whether the call makes an awaitable that must be awaited.
    `consumed` says that its result is awaited, returned, or handed on. `transaction` tells how it stands to a
    database transaction: outside any, inside one, deferred to after the commit, or buffered with the state
    (recorded on an aggregate, written to an outbox). `carries` are the names of what the message is seen to hold,
    and of the tracing ids that its forwarders speak of, with a dot before the fields that its class declares; None
    where not all of it is known. `traced` says that the framework gives it the ids of its action. `reply` says that
    the call waits for an answer, or tells where to send one. `addresses` are the words that may pick out a consumer.
    """

    event: str
    location: Location
    call: str
    service: str
    confidence: Confidence
    dialect: str
    transport: Transport
    function: str
    channel: str | None = None
    asynchronous: bool = False
    consumed: bool = True
    transaction: Literal["none", "inside", "deferred", "buffered"] = "none"
    payload: Payload | None = None
    carries: tuple[str, ...] | None = None
    traced: bool = False
    reply: Literal["", "awaited", "addressed"] = ""
    addresses: tuple[Address, ...] = ()


class Read(msgspec.Struct, frozen=True, order=True):
    """A field of an event that a handler reads.

    `get` reads what may be missing. `known` says that the event's class has the field, or that nobody can tell.
    """

    name: str
    location: Location
    manner: Literal["attribute", "key", "get"]
    known: bool = True


class Change(msgspec.Struct, frozen=True, order=True):
    """A place that changes a field of an event after it was made. `function` is the key of the behaviour."""

    field: str
    location: Location
    function: str
    by: Literal["publisher", "handler"]
    event: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """One (event, handler) pair. `handler` is the qualified name in its module, `function` the key of its behaviour.

    `pattern` says that the event's name is a wildcard or has unknown parts, `external` that what it listens to is
    published outside the program (a framework's own signals, another system's topic). `reads` are the fields that it
    reads; `whole` says that it hands the event on to code that was not followed, which may read others,
    `typed` that it is registered for the event's class, not only for a name.
    """

    event: str
    location: Location
    handler: str
    handler_path: str
    handler_line: int
    service: str
    confidence: Confidence
    dialect: str
    transport: Transport
    function: str
    channel: str | None = None
    pattern: bool = False
    external: bool = False
    reads: tuple[Read, ...] = ()
    whole: bool = True
    typed: bool = False


class Dependency(msgspec.Struct, frozen=True, order=True):
    """A call in a module that publishes, of code in a module that handles events.

    `imported` is the import by which it gets there, `function` the behaviour that calls, `path` the file of what is
    called, `name` and `key` its qualified name and behaviour.
    """

    imported: Location
    location: Location
    function: str
    path: str
    name: str
    key: str


class Intake(msgspec.Struct, frozen=True):
    """A function that takes deliveries, whether or not their event has a name.

    `location` is where it takes them: its own `def`, or the loop or call in it that receives. `registration` is the
    call or decorator that makes it do so, `options` that one's plain keyword arguments as written: `auto_ack=True`.
    """

    function: str
    location: Location
    registration: Location
    dialect: str
    transport: Transport
    options: tuple[str, ...] = ()


class Unresolved(msgspec.Struct, frozen=True):
    """A publication or subscription that was seen and whose event could not be named."""

    location: Location
    reason: str
    role: Literal["publication", "subscription"]
    dialect: str
    transport: Transport


class Service(msgspec.Struct, frozen=True):
    """A deployable unit: the folder that holds it, and its dotted name."""

    id: str
    path: str


ActionKind = Literal[
    "publish", "call", "write", "read", "commit", "rollback", "send", "log", "return", "raise",
    "deliver", "ack", "requeue", "reject",
]  # fmt: skip


class Action(msgspec.Struct, frozen=True):
    """One step of a function, in the order of the code.

    `callee` is the call as written, `target` its resolved dotted name where known, `function` the behaviour key of
    a function of the program that it runs. `blocks` names the blocks it stands in, outermost first, as
    `12:if`, `12:else`, `20:for`, `31:try`, `31:except`, `31:finally`, `40:with`: two actions whose blocks part at
    the `if` and `else` of one line exclude each other. `kind` is by what the call does to the world: `write` changes
    stored state, `send` reaches out of the process other than by an event. `effect` tells writes that add something
    each time from those that set a value, and those that `counts` on from the value that is stored. A block label `40:transaction` is a database transaction. `deliver` runs a
    handler taken from a table; `ack`, `requeue` and `reject` tell the broker what becomes of a delivery.
    """

    kind: ActionKind
    callee: str
    location: Location
    target: str = ""
    function: str = ""
    event: str = ""
    keywords: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    awaited: bool = False
    effect: Literal["", "adds", "sets", "removes", "counts"] = ""


class Catch(msgspec.Struct, frozen=True):
    """One except clause.

    `tried` is the label of the block that it guards and `block` that of its own, both inside `blocks`. `kinds` are
    the exceptions it names, and `broad` says that it takes any failure of the work. `outcome` is what becomes of the failure: raised again, handled in some way, or dropped (at most logged).
    """

    location: Location
    blocks: tuple[str, ...]
    tried: str
    block: str
    kinds: tuple[str, ...]
    broad: bool
    outcome: Literal["raises", "handles", "drops"]


class Endless(msgspec.Struct, frozen=True):
    """Work that is tried again without an end: by a `loop`, by a retry `decorator`, or by an outbox's `relay`.

    `callee` is the work, or the decorator.
    """

    kind: Literal["loop", "decorator", "relay"]
    callee: str
    location: Location


class Demand(msgspec.Struct, frozen=True):
    """A row that the function looks up and without which it gives up: it leaves, or it raises.

    `callee` is the look-up, `location` the test. `blocks` are those that the test stands in.
    """

    callee: str
    location: Location
    gives_up: Literal["leaves", "raises"]
    blocks: tuple[str, ...] = ()


class Behaviour(msgspec.Struct, frozen=True):
    """What a function does, kept for publishers, handlers, what they call, and what takes or delivers events.

    `guards` names the evidence found in it that a repeated delivery is harmless (`processed-id check`, `upsert` …).
    `transactional` says that a decorator or its caller wraps the whole of it in a transaction. `limited` says that
    it counts failures or sets aside what fails too often.
    """

    key: str
    name: str
    location: Location
    is_async: bool
    actions: tuple[Action, ...] = ()
    guards: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    transactional: bool = False
    catches: tuple[Catch, ...] = ()
    endless: tuple[Endless, ...] = ()
    limited: bool = False
    demands: tuple[Demand, ...] = ()


class SkippedFile(msgspec.Struct, frozen=True):
    path: str
    reason: str
    line: int = 1
    column: int = 1


class FileSuppressions(msgspec.Struct, frozen=True):
    path: str
    suppressions: tuple[Suppression, ...]


class Program(msgspec.Struct, frozen=True):
    """All facts, names resolved. Every tuple is sorted, so that equal programs are equal byte for byte.

    `lock` holds the contracts that were promised, where there is a schema lock; `declared` what the configuration says
    of the flow.
    """

    services: tuple[Service, ...] = ()
    events: tuple[EventType, ...] = ()
    publications: tuple[Publication, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    intakes: tuple[Intake, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    suppressions: tuple[FileSuppressions, ...] = ()
    types: tuple[DataType, ...] = ()
    changes: tuple[Change, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    lock: Lock | None = None
    declared: tuple[Declared, ...] = ()
    analysed: int = 0
    skipped: tuple[SkippedFile, ...] = ()
