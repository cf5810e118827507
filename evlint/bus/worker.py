"""A worker: one thread, one connection, a loop. Any number of them may run, in any number of processes."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from evlint.bus.database import Database
from evlint.bus.deliveries import claim, count_first, is_met, lease, next_claim, relock, settle, settle_all
from evlint.bus.delivery import Claim, Verdict, delivering, judge, killed
from evlint.bus.envelope import uuid7
from evlint.bus.errors import BusError, HandlerError, NotYet, UnknownVersionError
from evlint.bus.events import event_type
from evlint.bus.fan_out import fan_out
from evlint.bus.loop import Loop
from evlint.bus.points import point
from evlint.bus.retry import Brake
from evlint.bus.subscription import Subscription
from evlint.bus.transactions import as_asked_for

log = logging.getLogger("evlint.bus")
Around = Callable[[Subscription, Claim], AbstractContextManager[object]]
POLL = 0.25
PATIENCE = 3
"""How often in a row trouble with the database costs a delivery no attempt."""


class Worker:
    """Fans events out, and runs the handlers that it was given.

    Args:
        database: a connection of its own.
        subscriptions: the handlers to run.
        around: makes the context that each handler runs in, for tracing and recording.
        loop: runs asynchronous handlers, in another thread.
        cautious: whether a worker died lately, so that attempts are counted before they are made.
    """

    def __init__(
        self,
        database: Database,
        subscriptions: list[Subscription],
        around: Around,
        loop: Loop,
        cautious: Callable[[], bool] = lambda: False,
    ) -> None:
        self.database = database
        self.subscriptions = subscriptions
        self.token = uuid7()
        self.stopping = threading.Event()
        self._around = around
        self._loop = loop
        self._cautious = cautious
        self._brakes = {subscription.id: Brake(subscription.retry) for subscription in subscriptions}
        self._troubles = 0

    def run(self) -> None:
        """Work until `stopping` is set; outlive a database that is locked, full or gone for a while.

        Closes the connection in the end.
        """
        while not self.stopping.is_set():
            try:
                if not self.step():
                    self._idle()
                self._troubles = 0
            except Exception as error:  # noqa: BLE001 - it is told, and the worker goes on
                self._recover(error)
        self.database.close()

    def step(self) -> int:
        """Fan out, and deliver some of what is owed; say how many events and deliveries that were."""
        done = fan_out(self.database)
        for subscription in self.subscriptions:
            brake = self._brakes[subscription.id]
            if self.stopping.is_set() or brake.holds(time.monotonic()):
                continue
            if next_claim(self.database, [subscription.id]) > 0:
                continue
            limit = 1 if brake.on else subscription.batch
            done += (
                self._deliver(subscription, limit) if subscription.transactional else self._lend(subscription, limit)
            )
        return done

    # Handlers with `tx`: what they change and the end of their delivery commit together.

    def _deliver(self, subscription: Subscription, limit: int) -> int:
        cautious = self._cautious()
        counted = self._count_first(subscription) if cautious else []
        if cautious and not counted:
            return 1
        with self.database.transaction() as tx:
            if cautious:
                claims = [found for found in counted if relock(self.database, found)]
            else:
                claims = claim(self.database, subscription.id, limit)
            point("deliver.claimed")
            verdicts = [(found, self._in_savepoint(subscription, found, tx)) for found in claims]
            if not all(settle_all(self.database, verdicts)):
                raise BusError(f"{subscription.id}: a delivery was settled by someone else; rolled back")
            point("deliver.handled")
        point("deliver.committed")
        for _, verdict in verdicts:
            self._note(subscription, verdict)
        return len(claims)

    def _count_first(self, subscription: Subscription) -> list[Claim]:
        """Claim one delivery and commit its attempt before it is made; none if that settled it."""
        with self.database.transaction():
            for found in claim(self.database, subscription.id, 1):
                if found.attempts < subscription.retry.attempts:
                    return [count_first(self.database, found)]
                settle(self.database, found, killed(found))
        return []

    def _in_savepoint(self, subscription: Subscription, found: Claim, tx: object) -> Verdict:
        error: BaseException | None = None
        try:
            with self.database.savepoint():
                self._call(subscription, found, tx)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            patient = self._troubles < PATIENCE or not self.database.is_open()
            if patient and self.database.is_trouble(raised):
                raise
            error = raised
            point("retry.before_write")
        return judge(found, error, subscription.retry, self.database.now())

    # Handlers without `tx`: the delivery is theirs for a time, and ends when they say so.

    def _lend(self, subscription: Subscription, limit: int) -> int:
        with self.database.transaction():
            claims = lease(self.database, subscription.id, limit, self.token, subscription.lease)
        point("lease.claimed")
        errors = (
            self._together(subscription, claims) if subscription.is_async else self._one_by_one(subscription, claims)
        )
        point("lease.handled")
        retry, now = subscription.retry, self.database.now()
        verdicts = [
            (found, killed(found) if found.attempts > retry.attempts else judge(found, error, retry, now))
            for found, error in zip(claims, errors, strict=True)
        ]
        with self.database.transaction():
            all_kept = settle_all(self.database, verdicts)
        for (found, verdict), kept in zip(verdicts, all_kept, strict=True):
            if kept:
                self._note(subscription, verdict)
            else:
                log.warning("%s lost its lease of %s; what it found out is void", found.handler, found.envelope.id)
        return len(claims)

    def _one_by_one(self, subscription: Subscription, claims: list[Claim]) -> list[BaseException | None]:
        errors: list[BaseException | None] = []
        for found in claims:
            error: BaseException | None = None
            try:
                if found.attempts <= subscription.retry.attempts:
                    self._call(subscription, found, None)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:  # noqa: BLE001 - judged
                error = raised
            errors.append(error)
        return errors

    def _together(self, subscription: Subscription, claims: list[Claim]) -> list[BaseException | None]:
        """Run asynchronous handlers side by side."""

        async def run(found: Claim) -> BaseException | None:
            # An exit that left a task would end the loop of all others.
            try:
                event, delivery = self._event(subscription, found), found.delivery
                with delivering(delivery), self._around(subscription, found):
                    positional, named = subscription.arguments(event, delivery, None)
                    await subscription.function(*positional, **named)
            except BaseException as error:  # noqa: BLE001 - judged
                return error
            return None

        async def run_all() -> list[BaseException | None]:
            if subscription.collective:
                return await self._all_at_once(subscription, claims)
            return list(await asyncio.gather(*map(run, claims)))

        return self._loop.run(run_all())

    async def _all_at_once(self, subscription: Subscription, claims: list[Claim]) -> list[BaseException | None]:
        with ExitStack() as stack:
            for found in claims:
                stack.enter_context(self._around(subscription, found))
            try:
                found_wrong: list[BaseException | None] = await subscription.function([c.envelope for c in claims])
            except BaseException as error:  # noqa: BLE001 - judged
                return [error] * len(claims)
        return found_wrong

    # Both

    def _call(self, subscription: Subscription, found: Claim, tx: object) -> None:
        event = self._event(subscription, found)
        delivery = found.delivery
        around = self._around(subscription, found)
        with delivering(delivery), around, self.database.guard(), as_asked_for(tx, subscription.session) as given:
            positional, named = subscription.arguments(event, delivery, given)
            result = subscription.function(*positional, **named)
            if subscription.is_async:
                # A loop of this thread's own: a statement that waits for a lock must not hold up whoever has it.
                asyncio.run(result)
            elif inspect.iscoroutine(result):
                result.close()
                raise HandlerError(f"{subscription.id} returned a coroutine: declare it with async def, without tx")

    def _event(self, subscription: Subscription, found: Claim) -> object:
        """Decode the event, and make sure that what must have been handled before it was."""
        envelope = found.envelope
        event: object = envelope
        if subscription.types:
            if (known := subscription.types.get(envelope.type)) is None:
                raise UnknownVersionError(f"{subscription.id} no longer takes {envelope.type}")
            event = known.decode(envelope.data, envelope.version)
        for required, field in subscription.after.items():
            key = envelope.key if field is None else str(getattr(event, field))
            if not is_met(self.database, subscription.group, event_type(required).name, key):
                raise NotYet(requires=required, key=key)
        return event

    def _note(self, subscription: Subscription, verdict: Verdict) -> None:
        """Keep the brake true to what was committed."""
        brake = self._brakes[subscription.id]
        if verdict.status == "done":
            brake.succeeded()
        elif verdict.reason in ("failed", "exhausted"):
            brake.failed(time.monotonic())

    def _idle(self) -> None:
        now = time.monotonic()
        free = [id_ for id_, brake in self._brakes.items() if not brake.holds(now)]
        self.database.wait(min(POLL, next_claim(self.database, free)))

    def _recover(self, error: Exception) -> None:
        self._troubles += 1
        self.token = uuid7()  # what it could not settle must not be kept from others
        pause = 0.0 if self._troubles < PATIENCE else min(5.0, 0.05 * 2 ** (self._troubles - PATIENCE))
        if self._troubles >= PATIENCE:
            known = self.database.is_trouble(error)
            log.warning("the database gives trouble: %s; next try in %.2f s", error, pause, exc_info=not known)
            self.stopping.wait(pause)
            self._reconnect()

    def _reconnect(self) -> None:
        try:
            fresh = self.database.clone()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises
            log.warning("the database cannot be reached: %s", error)
            return
        self.database.close()
        self.database = fresh
