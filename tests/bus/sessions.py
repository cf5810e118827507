"""Handlers that work in sessions of SQLAlchemy; other processes import them too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from evlint.bus import Bus, Delivery
from evlint.bus.conformance import child
from evlint.bus.conformance.bench import PATIENT, Bench, Happened

HANDLERS = ("probe.in_session", "probe.in_async_session")


class Base(DeclarativeBase):
    pass


class Effect(Base):
    """A row of the bench's table of effects."""

    __tablename__ = "probe_effect"

    at: Mapped[int] = mapped_column(primary_key=True)
    handler: Mapped[str] = mapped_column(String)
    event: Mapped[str] = mapped_column(String)
    key: Mapped[str] = mapped_column(String)
    n: Mapped[int]


def effect(delivery: Delivery, event: Happened) -> Effect:
    return Effect(handler=delivery.handler, event=delivery.envelope.id, key=event.key, n=event.n)


class OwnSession(Session):
    """What an application has of its own."""


def subscribe(bus: Bus, bench: Bench, **_: Any) -> None:
    """Subscribe a handler for each kind of session, each of which records its effects."""

    @bus.subscribe(id="probe.in_session", retry=PATIENT)
    def in_session(event: Happened, tx: OwnSession, delivery: Delivery) -> None:
        assert isinstance(tx, OwnSession)
        tx.add(effect(delivery, event))

    @bus.subscribe(id="probe.in_async_session", batch=3, retry=PATIENT)
    async def in_async_session(event: Happened, tx: AsyncSession, delivery: Delivery) -> None:
        tx.add(effect(delivery, event))
        await tx.flush()


def install() -> None:
    """Let child processes run these handlers."""
    child.subscribe = subscribe
