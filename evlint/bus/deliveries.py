"""How deliveries are claimed and settled. Each function is one step, and says which transaction it needs."""

from __future__ import annotations

from dataclasses import replace

from evlint.bus.database import Database, Row
from evlint.bus.delivery import RECHECK, Claim, Verdict
from evlint.bus.envelope import Envelope

_CLAIMABLE = """
SELECT d.seq, d.lane, d.status, d.attempts, d.owed_since, d.redrives,
    e.id, e.type, e.version, e.source, e.key, e.occurred_at, e.correlation_id, e.causation_id, e.traceparent,
    e.hops, e.data
FROM evbus_delivery d JOIN evbus_event e ON e.seq = d.seq
WHERE d.handler = :handler AND d.status IN ('due', 'running', 'waiting') AND d.next_at <= :now
ORDER BY d.next_at, d.seq LIMIT :limit """

_SETTLE = """
UPDATE evbus_delivery SET status = :status, attempts = :attempts, tries = tries + :tried,
    next_at = :now + :pause, changed_at = :now, token = NULL, alerted = 0,
    reason = :reason, error = coalesce(:error, error), fingerprint = :fingerprint,
    waits_for = :waits_for, waits_key = :waits_key
WHERE handler = :handler AND seq = :seq AND status = :was AND attempts = :counted
    AND coalesce(token, '') = :token"""

_PROMOTE = """
UPDATE evbus_delivery SET status = 'due', next_at = :now, changed_at = :now
WHERE handler = :handler AND status = 'queued'
    AND seq = (SELECT min(seq) FROM evbus_delivery
        WHERE handler = :handler AND lane = :lane AND status = 'queued')
    AND NOT EXISTS (SELECT 1 FROM evbus_delivery d WHERE d.handler = :handler AND d.lane = :lane
        AND (d.status IN ('due', 'running', 'waiting') OR d.status = 'dead' AND EXISTS (
            SELECT 1 FROM evbus_subscription s WHERE s.handler = :handler AND s.parks = 1)))"""


def is_owed(database: Database, handler: str) -> bool:
    """Whether a delivery could be claimed now. Needs no transaction."""
    sql = """SELECT 1 FROM evbus_delivery WHERE handler = :handler
        AND status IN ('due', 'running', 'waiting') AND next_at <= :now LIMIT 1"""
    return bool(database.rows(sql, handler=handler, now=database.now()))


def claim(database: Database, handler: str, limit: int) -> list[Claim]:
    """Lock deliveries until the transaction at hand ends; a crash gives them back at once."""
    rows = database.rows(_CLAIMABLE + database.locking, handler=handler, now=database.now(), limit=limit)
    return [_claim(handler, row) for row in rows]


def count_first(database: Database, found: Claim) -> Claim:
    """Write the attempt down before it is made, so that a handler that kills its process runs out of them.

    Needs the transaction that claimed it, to be committed before the handler runs.
    """
    sql = "UPDATE evbus_delivery SET attempts = attempts + 1 WHERE handler = :handler AND seq = :seq"
    database.change(sql, handler=found.handler, seq=found.seq)
    return replace(found, attempts=found.attempts + 1, counted=True)


def relock(database: Database, found: Claim) -> bool:
    """Lock a delivery again, as it was left; False if someone else has or had it. Needs a transaction."""
    sql = """SELECT 1 FROM evbus_delivery d
        WHERE d.handler = :handler AND d.seq = :seq AND d.status = :status AND d.attempts = :attempts """
    values = {"handler": found.handler, "seq": found.seq, "status": found.status, "attempts": found.attempts}
    return bool(database.rows(sql + database.locking, **values))


def lease(database: Database, handler: str, limit: int, token: str, seconds: float) -> list[Claim]:
    """Take deliveries for `seconds`, under a token that fences off whoever had them before.

    Needs a transaction that is committed before the handler runs.
    """
    leased = []
    for found in claim(database, handler, limit):
        sql = """UPDATE evbus_delivery SET status = 'running', attempts = attempts + 1, token = :token,
            next_at = :now + :seconds, changed_at = :now WHERE handler = :handler AND seq = :seq"""
        database.change(sql, handler=handler, seq=found.seq, token=token, now=database.now(), seconds=seconds)
        leased.append(replace(found, status="running", attempts=found.attempts + 1, token=token, counted=True))
    return leased


def extend(database: Database, token: str, seconds: float) -> int:
    """Prolong all leases of a token. Commits by itself or belongs to the transaction at hand."""
    sql = """UPDATE evbus_delivery SET next_at = :now + :seconds, changed_at = :now
        WHERE token = :token AND status = 'running'"""
    return database.change(sql, token=token, now=database.now(), seconds=seconds)


def release(database: Database, token: str) -> int:
    """Give all leases of a token back, as if they had not been claimed: a shutdown is no verdict."""
    sql = """UPDATE evbus_delivery SET status = 'due', attempts = attempts - 1, token = NULL,
        next_at = :now, changed_at = :now WHERE token = :token AND status = 'running'"""
    return database.change(sql, token=token, now=database.now())


def settle(database: Database, claim: Claim, verdict: Verdict) -> bool:
    """Write down what became of a delivery, if it is still as it was claimed; wake up whoever waits for it.

    Needs a transaction. False means that the lease was lost: somebody else has the delivery, and what this
    worker found out does not count.
    """
    now = database.now()
    changed = database.change(
        _SETTLE,
        handler=claim.handler,
        seq=claim.seq,
        was=claim.status,
        counted=claim.attempts,
        token=claim.token or "",
        now=now,
        tried=int(verdict.attempts >= claim.attempt),
        status=verdict.status,
        attempts=verdict.attempts,
        pause=verdict.pause,
        reason=verdict.reason,
        error=verdict.error,
        fingerprint=verdict.fingerprint,
        waits_for=verdict.waits_for,
        waits_key=verdict.waits_key,
    )
    if not changed:
        return False
    if verdict.status in ("done", "dead") and claim.lane is not None:
        promote(database, claim.handler, claim.lane)
    if verdict.status == "done":
        wake(database, claim.envelope.type, claim.envelope.key)
    return True


def promote(database: Database, handler: str, lane: str) -> None:
    """Let the first queued delivery of a lane be due, unless one before it is still owed. Needs a transaction."""
    database.lock(f"{handler} {lane}")
    database.change(_PROMOTE, handler=handler, lane=lane, now=database.now())


def wake(database: Database, event_type: str, key: str | None) -> None:
    """Let what waits for such an event be looked at again. Needs a transaction."""
    sql = """UPDATE evbus_delivery SET status = 'due', next_at = :now, changed_at = :now
        WHERE status = 'waiting' AND waits_for = :type AND waits_key = :key"""
    database.change(sql, type=event_type, key=key, now=database.now())


def is_met(database: Database, group: str, event_type: str, key: str | None) -> bool:
    """Whether an event of this type and key has come, and the handlers of the group are done with it."""
    sql = """SELECT 1 FROM evbus_event e WHERE e.type = :type AND e.key = :key AND e.fanned_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM evbus_delivery d WHERE d.seq = e.seq AND d.status <> 'done'
            AND substr(d.handler, 1, length(:group)) = :group) LIMIT 1"""
    return bool(database.rows(sql, type=event_type, key=key, group=f"{group}."))


def next_claim(database: Database, handlers: list[str]) -> float:
    """In how many seconds the next delivery of these handlers may be claimed, at most `RECHECK`."""
    sql = """SELECT min(next_at) FROM evbus_delivery WHERE handler = :handler
        AND status IN ('due', 'running', 'waiting')"""
    found = [at for handler in handlers for (at,) in database.rows(sql, handler=handler) if at is not None]
    at: float = min([*found, database.now() + RECHECK])
    return max(0.0, at - database.now())


def follow_clock(database: Database) -> None:
    """Shift what was scheduled by a clock that has since been set back. Needs a transaction."""
    sql = """UPDATE evbus_delivery SET next_at = :now + (next_at - changed_at), changed_at = :now
        WHERE status IN ('due', 'running', 'waiting') AND changed_at > :now + 5"""
    database.change(sql, now=database.now())


def _claim(handler: str, row: Row) -> Claim:
    seq, lane, status, attempts, owed_since, redrives, *event = row
    envelope = Envelope(*event)
    return Claim(handler, seq, lane, status, attempts, owed_since, redrives, None, False, envelope)
