"""Event types: immutable classes with a name, a version and a key, and their way to JSON and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from evlint.bus.errors import EventTypeError, UnknownVersionError, UnreadableEventError

Class = TypeVar("Class", bound=type)
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
_MARK = "__evlint_event__"


class EventType:
    """What the bus knows of an event class.

    Attributes:
        name: what it is called on the wire, such as `payment.captured`.
        version: the version of the schema that the class has.
        key: the field whose value orders events and ties them together, or None.
        upcasters: from an older version to the function that turns its data into the next version's.
    """

    __slots__ = ("_decode", "_encode", "cls", "key", "name", "upcasters", "version")

    def __init__(self, cls: type, name: str, version: int, key: str | None, upcasters: Mapping[int, Upcaster]) -> None:
        self.cls = cls
        self.name = name
        self.version = version
        self.key = key
        self.upcasters = dict(upcasters)
        self._encode, self._decode = _codec(cls)

    def key_of(self, event: object) -> str | None:
        return None if self.key is None else str(getattr(event, self.key))

    def encode(self, event: object) -> bytes:
        return self._encode(event)

    def decode(self, data: bytes, version: int) -> Any:
        """Turn the data of `version` into an event of this class.

        Raises:
            UnknownVersionError: it is newer than the class, or no upcaster leads from it to the class.
            UnreadableEventError: it is not what the class describes.
        """
        try:
            if version != self.version:
                data = self._upcast(data, version)
            return self._decode(data)
        except UnknownVersionError:
            raise
        except Exception as error:
            raise UnreadableEventError(f"{self.name} version {version} is unreadable: {error}") from error

    def _upcast(self, data: bytes, version: int) -> bytes:
        fields = msgspec.json.decode(data, type=dict[str, Any])
        while version != self.version:
            if version > self.version or version not in self.upcasters:
                known = f"this process knows version {self.version}"
                raise UnknownVersionError(f"{self.name} has version {version}; {known}")
            fields = self.upcasters[version](fields)
            version += 1
        return msgspec.json.encode(fields)


def event(
    name: str, *, version: int = 1, key: str | None = None, upcasters: Mapping[int, Upcaster] | None = None
) -> Callable[[Class], Class]:
    """Make a frozen dataclass, msgspec Struct or pydantic model an event.

    Args:
        name: what it is called on the wire; stays when the class is renamed.
        version: raise it when the schema changes in a way that old readers or old data do not survive.
        key: the field that orders events and ties them together, such as `payment_id`.
        upcasters: `{1: to_two}` where `to_two` takes the fields of version 1 and returns those of version 2.

    Raises:
        EventTypeError: the class is not of these kinds, can be changed, or lacks the key.
    """

    def decorate(cls: Class) -> Class:
        fields = _fields(cls)
        if key is not None and key not in fields:
            raise EventTypeError(f"{cls.__name__} has no field {key!r} to be its key; it has {', '.join(fields)}")
        if not name or any(c.isspace() for c in name) or version < 1:
            raise EventTypeError(f"{cls.__name__}: an event needs a name without spaces and a version from 1 on")
        setattr(cls, _MARK, EventType(cls, name, version, key, upcasters or {}))
        return cls

    return decorate


def event_type(cls: type) -> EventType:
    """Return what `@event` made of a class.

    Raises:
        EventTypeError: it was not decorated itself; a base class that was does not count.
    """
    found = cls.__dict__.get(_MARK)
    if not isinstance(found, EventType):
        raise EventTypeError(f"{cls.__qualname__} is no event: decorate it with @event('its.name', version=1)")
    return found


def _fields(cls: type) -> tuple[str, ...]:
    """The fields of an immutable class."""
    if dataclasses.is_dataclass(cls):
        frozen, fields = cls.__dataclass_params__.frozen, tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[attr-defined]
        remedy = "@dataclass(frozen=True)"
    elif issubclass(cls, msgspec.Struct):
        frozen, fields, remedy = cls.__struct_config__.frozen, cls.__struct_fields__, "Struct, frozen=True"
    elif hasattr(cls, "model_fields"):
        frozen, fields = bool(cls.model_config.get("frozen")), tuple(cls.model_fields)  # type: ignore[attr-defined]
        remedy = "ConfigDict(frozen=True)"
    else:
        raise EventTypeError(f"{cls.__name__} is neither a dataclass nor a msgspec Struct nor a pydantic model")
    if not frozen:
        raise EventTypeError(f"{cls.__name__} can be changed after the fact; make it immutable with {remedy}")
    return fields


def _codec(cls: type) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    if hasattr(cls, "model_validate_json"):
        return lambda event: event.model_dump_json().encode(), cls.model_validate_json
    return msgspec.json.Encoder().encode, msgspec.json.Decoder(cls).decode
