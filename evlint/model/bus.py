"""A bus that the configuration declares in a few lines, and the dialect that it comes to."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from evlint.model.dialect import Detect, Dialect, Header, Pattern, ReceiverType

# The keywords by which methods of buses commonly take an event, and a handler.
EVENT_KEYWORDS = "event,message,topic,event_type,event_name,name,type,key,channel,signal,event_class"
HANDLER_KEYWORDS = "handler,callback,listener,subscriber,receiver,func,function,fn,cb"
# What the dialect of a bus calls its class; no module is called so.
RECEIVER = "<bus>"

_METHOD = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\((?P<parameters>[^()]*)\))?")


def _said(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Bus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"of": "class"}):
    """A bus by its class and methods.

    A method is given by name, or with its parameters, of which those called `event` and `handler` count: `hear`
    is `hear(event, handler)`, and as a decorator `hear(event)`.
    """

    of: Annotated[
        str, _said("The dotted name of its class, or of the object or module that is the bus: shop.wire.Wire.")
    ]
    publish: Annotated[tuple[str, ...], _said("Its methods that publish: tell, or tell(sender, event).")] = ()
    subscribe: Annotated[
        tuple[str, ...], _said("Its methods that subscribe: hear, hear(handler, event), or on(event) as a decorator.")
    ] = ()
    events: Annotated[
        Literal["class", "topic"], _said("Whether an event is known by its class, or by a text such as order.placed.")
    ] = "class"
    transport: Annotated[Literal["in-process", "broker"], _said("Whether its events leave the process.")] = "in-process"


class Method(msgspec.Struct, frozen=True):
    """A method of a bus: where its event and its handler stand among the arguments, -1 where they do not."""

    name: str
    event: int = 0
    handler: int = -1
    is_plain: bool = True


def method(text: str, *, subscribes: bool) -> Method:
    """Read `name` or `name(parameter, …)`; raises ValueError that says what is wrong with it."""
    match = _METHOD.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ValueError(f"`{text}` is neither a method's name nor `name(event, handler)`")
    if match["parameters"] is None:
        return Method(match["name"], 0, 1 if subscribes else -1)
    names = match["parameters"].split(",")
    event = names.index("event") if "event" in names else -1
    handler = names.index("handler") if subscribes and "handler" in names else -1
    if event < 0 and handler < 0:
        raise ValueError(f"`{text}` has no parameter called `event`" + (" or `handler`" if subscribes else ""))
    return Method(match["name"], event, handler, is_plain=False)


def dialect(name: str, bus: Bus) -> Dialect:
    """The dialect that a declared bus comes to; raises ValueError for what is no dotted name or no method."""
    is_dotted = all(part.isidentifier() for part in bus.of.split("."))
    # A class stands in a module, and only a module may stand alone.
    if not is_dotted or ("." not in bus.of and not bus.of.islower()):
        raise ValueError(f"`class`: `{bus.of}` is no dotted name such as `shop.wire.Wire`")
    if not bus.publish and not bus.subscribe:
        raise ValueError("neither `publish` nor `subscribe` names a method")
    rules: list[Pattern] = []
    for key, texts in (("publish", bus.publish), ("subscribe", bus.subscribe)):
        for index, text in enumerate(texts):
            try:
                found = method(text, subscribes=key == "subscribe")
            except ValueError as error:
                raise ValueError(f"`{key}[{index}]`: {error}") from error
            rules += [_publishing(found, bus)] if key == "publish" else _subscribing(found, bus)
    header = Header(
        id=name,
        title=f"{bus.of} (as configured)",
        detect=Detect(),
        identity=bus.events,
        transport=bus.transport,
    )
    return Dialect(schema=1, dialect=header, types={RECEIVER: ReceiverType(names=(bus.of,))}, rule=tuple(rules))


def _publishing(found: Method, bus: Bus) -> Pattern:
    roles = _event(found, bus)
    if bus.events == "topic":
        roles["event"] = f"arg:*{found.event + 1}"
    return Pattern(kind="call", match=_match(found, bus), act="publish", roles=roles)


def _subscribing(found: Method, bus: Bus) -> list[Pattern]:
    roles = _event(found, bus)
    match = _match(found, bus)
    rules: list[Pattern] = []
    if found.handler >= 0:
        handler = f"arg:{found.handler}|{HANDLER_KEYWORDS}"
        rules.append(Pattern(kind="call", match=match, act="subscribe", roles={**roles, "handler": handler}))
    if found.is_plain or found.handler < 0:
        decorated = {**roles, "handler": "decorated"}
        rules.append(Pattern(kind="decorator", match=match, act="subscribe", roles=decorated))
    return rules


def _match(found: Method, bus: Bus) -> tuple[str, ...]:
    """On an instance, and on the class or module itself."""
    return f"{RECEIVER}.{found.name}", f"{bus.of}.{found.name}"


def _event(found: Method, bus: Bus) -> dict[str, str]:
    """A class that stands for its event, and a text, are topics to a dialect; an instance is the event itself."""
    if found.event < 0:
        return {}
    place = f"arg:{found.event}|{EVENT_KEYWORDS}"
    return {"topic": place} if bus.events == "topic" else {"topic": place, "event": place}
