"""A handler and what it asks for; its signature picks the guarantee."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any

from evlint.bus.delivery import Delivery
from evlint.bus.envelope import Envelope
from evlint.bus.errors import HandlerError
from evlint.bus.events import EventType, event_type
from evlint.bus.retry import Retry

ANY = "*"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One handler as the engine sees it.

    Attributes:
        id: durable; deliveries are remembered by it, so it stays when the function is renamed.
        function: the handler.
        types: the event types it takes by name; empty if it takes envelopes.
        names: the names of the events that are delivered to it, or `*` for all.
        transactional: it takes `tx`: its changes and the end of its delivery commit together.
        session: the class of `tx`, if that is a Session or AsyncSession of SQLAlchemy, or derived from one.
        collective: it takes a list of envelopes, and returns for each of them None or what went wrong.
        context: the name of the parameter that takes the `Delivery`, or None.
        after: event types that must have been handled first, and the field of the event that has their key.
        parks: a dead letter holds up the later events of its key until it is redriven or dropped.
        batch: how many deliveries may share a transaction or a lease.
        concurrency: how many deliveries of a handler without `tx` run at the same time in one process.
        relays: it passes events on to elsewhere, so it is not offered those that came from elsewhere.
    """

    id: str
    function: Callable[..., Any]
    types: Mapping[str, EventType]
    names: tuple[str, ...]
    retry: Retry
    transactional: bool
    session: type | None
    collective: bool
    context: str | None
    is_async: bool
    ordered: bool
    parks: bool
    batch: int
    concurrency: int
    lease: float
    after: Mapping[type, str | None]
    since_beginning: bool
    relays: bool

    @property
    def group(self) -> str:
        """Handlers of one group share the first part of their ids, up to the last dot."""
        return self.id.rpartition(".")[0] or self.id

    def arguments(self, event: object, delivery: Delivery, tx: object) -> tuple[tuple[object], dict[str, object]]:
        named: dict[str, object] = {"tx": tx} if self.transactional else {}
        if self.context:
            named[self.context] = delivery
        return (event,), named


def subscription(
    function: Callable[..., Any],
    *,
    ordered: bool,
    on_dead: str,
    batch: int,
    concurrency: int,
    after: Mapping[type, str | None] | tuple[type, ...],
    since: str,
    names: tuple[str, ...],
    **as_they_are: Any,
) -> Subscription:
    """Read a handler's signature; the options are those of `subscribe`.

    Raises:
        HandlerError: it does not say what it takes, or asks for what cannot be.
        EventTypeError: what it takes is no event.
    """
    where = f"{function.__module__}.{function.__qualname__}"
    if not (id_ := as_they_are["id"]) or id_ != id_.strip():
        raise HandlerError(f"{where}: a handler needs an id that stays, such as 'ledger.post_payment'")
    if since not in ("now", "beginning") or on_dead not in ("park", "skip"):
        raise HandlerError(f"{where}: since is 'now' or 'beginning', on_dead is 'park' or 'skip'")
    first, tx, context = _parameters(function, where)
    types = _event_types(first, where)
    is_async = inspect.iscoroutinefunction(function)
    session = tx if isinstance(tx, type) and _derives(tx, "Session", "AsyncSession") else None
    is_awaited = session is not None and _derives(session, "AsyncSession")
    if is_async and tx is not None and not is_awaited:
        raise HandlerError(f"{where}: a handler that takes tx holds a transaction open, so it must not await: use def")
    if is_awaited and not is_async:
        raise HandlerError(f"{where}: the statements of an AsyncSession are awaited: use async def, or take a Session")
    if first == list[Envelope] and (context is not None or not is_async):
        raise HandlerError(f"{where}: a handler that takes a list of envelopes is async, and takes nothing else")
    if ordered and (keyless := [t.name for t in types.values() if t.key is None]):
        raise HandlerError(f"{where}: ordered=True needs a key, and {', '.join(keyless)} has none")
    prerequisites: Mapping[type, str | None] = after if isinstance(after, Mapping) else dict.fromkeys(after)
    for required in prerequisites:
        event_type(required)
    return Subscription(
        function=function,
        types=types,
        names=names or tuple(types) or (ANY,),
        transactional=tx is not None,
        session=session,
        collective=first == list[Envelope],
        context=context,
        is_async=is_async,
        ordered=ordered,
        parks=on_dead == "park",
        batch=max(1, concurrency if is_async else batch),
        concurrency=max(1, concurrency),
        after=prerequisites,
        since_beginning=since == "beginning",
        **as_they_are,
    )


def _parameters(function: Callable[..., Any], where: str) -> tuple[object, object | None, str | None]:
    """The annotation of the event, that of `tx` if there is one, and the name of the parameter for the delivery."""
    try:
        hints = typing.get_type_hints(function)
    except NameError as error:
        raise HandlerError(f"{where}: {error}; annotations must be importable when the handler is subscribed") from None
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or parameters[0].name not in hints:
        raise HandlerError(f"{where}: annotate the first parameter with the event type that it takes")
    tx, context = None, None
    for parameter in parameters[1:]:
        hint = hints.get(parameter.name)
        if parameter.name == "tx":
            tx = hint or object
        elif hint is Delivery:
            context = parameter.name
        elif parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        ):
            raise HandlerError(f"{where}: {parameter.name} is neither `tx` nor annotated with Delivery")
    return hints[parameters[0].name], tx, context


def _event_types(hint: object, where: str) -> dict[str, EventType]:
    if hint is Envelope or hint == list[Envelope]:
        return {}
    members = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, UnionType) else (hint,)
    if not all(isinstance(member, type) for member in members):
        raise HandlerError(f"{where}: {hint} is no event type")
    return {found.name: found for found in map(event_type, members)}


def _derives(cls: type, *names: str) -> bool:
    """Whether a class is, or derives from, one of these of SQLAlchemy, which need not be installed."""
    return any(c.__name__ in names and c.__module__.startswith("sqlalchemy.") for c in cls.__mro__)
