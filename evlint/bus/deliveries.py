"""How deliveries are claimed and settled. Each function is one step, and says which transaction it needs."""

from __future__ import annotations

import json

from msgspec.structs import asdict, replace

from evlint.bus.database import Database, Row
from evlint.bus.delivery import RECHECK, Claim, Status, Verdict
from evlint.bus.envelope import Envelope

_COLUMNS = "d.seq, d.lane, d.status, d.attempts, d.owed_since, d.redrives, " + ", ".join(
    f"e.{name}" for name in Envelope.__struct_fields__
)
_ROWS = f"SELECT {_COLUMNS} FROM evbus_delivery d JOIN evbus_event e ON e.seq = d.seq"
_OWED = """
d.handler = :handler AND d.status IN ('due', 'running', 'waiting') AND d.next_at <= :now
ORDER BY d.next_at, d.seq LIMIT :limit """
_CLAIMABLE = f"{_ROWS} WHERE {_OWED}"

# A token is one worker's, so what it has until then is this batch, found by the index of what is owed. Of each it is
# told what is in the batch and how large all before it is.
_LEASED = f"""
SELECT * FROM (SELECT {_COLUMNS},
        count(*) OVER () AS leased, sum(length(e.data)) OVER (ORDER BY d.seq) - length(e.data) AS before
    FROM evbus_delivery d JOIN evbus_event e ON e.seq = d.seq
    WHERE d.handler = :handler AND d.status = 'running' AND d.next_at = :now + :seconds AND d.token = :token) taken
WHERE before < :most ORDER BY seq"""
_LEASE = """
WITH picked AS (SELECT d.seq FROM evbus_delivery d WHERE {owed})
UPDATE evbus_delivery SET status = 'running', attempts = attempts + 1, token = :token,
    next_at = :now + :seconds, changed_at = :now
WHERE handler = :handler AND seq IN (SELECT seq FROM picked)"""
BYTES_AT_ONCE = 32 * 1024 * 1024
"""How much data one worker leases, as long as that is more than one event."""

_AS_CLAIMED = "status = :was AND attempts = :counted AND coalesce(token, '') = :token"
_SETTLE = f"""
UPDATE evbus_delivery SET status = :status, attempts = :attempts, tries = tries + :tried,
    next_at = :now + :pause, changed_at = :now, token = NULL, alerted = 0,
    reason = :reason, error = coalesce(:error, error), fingerprint = :fingerprint,
    waits_for = :waits_for, waits_key = :waits_key
WHERE handler = :handler AND seq = :seq AND {_AS_CLAIMED}"""
_FINISH = f"""
UPDATE evbus_delivery SET status = 'done', attempts = :attempts, tries = tries + 1,
    next_at = :now, changed_at = :now, token = NULL, alerted = 0,
    reason = NULL, fingerprint = NULL, waits_for = NULL, waits_key = NULL
WHERE handler = :handler AND {_AS_CLAIMED} AND seq IN ({{listed}})"""
_FINISHED = """
SELECT seq FROM evbus_delivery
WHERE handler = :handler AND status = 'done' AND changed_at = :now AND seq IN ({listed})"""
_WAKE = """
UPDATE evbus_delivery SET status = 'due', next_at = :now, changed_at = :now
WHERE status = 'waiting' AND EXISTS (SELECT 1 FROM evbus_event e WHERE e.type = evbus_delivery.waits_for
    AND e.key = evbus_delivery.waits_key AND e.seq IN ({listed}))"""

_PROMOTE = """
UPDATE evbus_delivery SET status = 'due', next_at = :now, changed_at = :now
WHERE handler = :handler AND status = 'queued'
    AND seq = (SELECT min(seq) FROM evbus_delivery
        WHERE handler = :handler AND lane = :lane AND status = 'queued')
    AND NOT EXISTS (SELECT 1 FROM evbus_delivery d WHERE d.handler = :handler AND d.lane = :lane
        AND (d.status IN ('due', 'running', 'waiting') OR d.status = 'dead' AND EXISTS (
            SELECT 1 FROM evbus_subscription s WHERE s.handler = :handler AND s.parks = 1)))"""


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
    """Take up to `limit` deliveries for `seconds`, under a token that fences off whoever had them before.

    Needs a transaction that is committed before the handler runs.
    """
    now = database.now()
    sql = _LEASE.format(owed=_OWED + database.locking)
    if not database.change(sql, handler=handler, limit=limit, token=token, now=now, seconds=seconds):
        return []
    rows = database.rows(_LEASED, handler=handler, token=token, now=now, seconds=seconds, most=BYTES_AT_ONCE)
    if rows and len(rows) < rows[0][-2]:
        release(database, token, after=rows[-1][0])
    return [_claim(handler, row[:-2], token, counted=True) for row in rows]


def extend(database: Database, token: str, seconds: float) -> int:
    """Prolong all leases of a token. Commits by itself or belongs to the transaction at hand."""
    sql = """UPDATE evbus_delivery SET next_at = :now + :seconds, changed_at = :now
        WHERE token = :token AND status = 'running'"""
    return database.change(sql, token=token, now=database.now(), seconds=seconds)


def release(database: Database, token: str, after: int = 0) -> int:
    """Give all leases of a token back, or those of events after one, as if they had not been claimed: a shutdown is no verdict."""
    sql = """UPDATE evbus_delivery SET status = 'due', attempts = attempts - 1, token = NULL,
        next_at = :now, changed_at = :now WHERE token = :token AND status = 'running' AND seq > :after"""
    return database.change(sql, token=token, now=database.now(), after=after)


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
        **asdict(verdict),
    )
    if not changed:
        return False
    if verdict.status in ("done", "dead") and claim.lane is not None:
        promote(database, claim.handler, claim.lane)
    if verdict.status == "done":
        _wake(database, [claim.seq])
    return True


def settle_all(database: Database, outcomes: list[tuple[Claim, Verdict]]) -> list[bool]:
    """Like `settle` for each, but what ended well and was claimed alike is written with one statement."""
    kept: dict[int, bool] = {}
    alike: dict[tuple[Status, int, str | None], list[Claim]] = {}
    for claim, verdict in outcomes:
        if verdict.status == "done" and claim.lane is None:
            alike.setdefault((claim.status, claim.attempts, claim.token), []).append(claim)
        else:
            kept[claim.seq] = settle(database, claim, verdict)
    for claims in alike.values():
        kept.update(dict.fromkeys((claim.seq for claim in claims), False))
        kept.update(dict.fromkeys(_finish(database, claims), True))
    return [kept[claim.seq] for claim, _ in outcomes]


def _finish(database: Database, claims: list[Claim]) -> list[int]:
    """Write down that deliveries without a lane are done; return the numbers of those that still were as claimed."""
    first, now = claims[0], database.now()
    seqs = [claim.seq for claim in claims]
    values = {"handler": first.handler, "now": now, "seqs": json.dumps(seqs)}
    finished = database.change(
        _FINISH.format(listed=database.listed),
        was=first.status,
        counted=first.attempts,
        attempts=first.attempt,
        token=first.token or "",
        **values,
    )
    if finished != len(claims):
        seqs = [seq for (seq,) in database.rows(_FINISHED.format(listed=database.listed), **values)]
    _wake(database, seqs)
    return seqs


def promote(database: Database, handler: str, lane: str) -> None:
    """Let the first queued delivery of a lane be due, unless one before it is still owed. Needs a transaction."""
    database.lock(f"{handler} {lane}")
    database.change(_PROMOTE, handler=handler, lane=lane, now=database.now())


def _wake(database: Database, seqs: list[int]) -> None:
    """Let what waits for such events be looked at again. Needs a transaction."""
    database.change(_WAKE.format(listed=database.listed), seqs=json.dumps(seqs), now=database.now())


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


def _claim(handler: str, row: Row, token: str | None = None, *, counted: bool = False) -> Claim:
    seq, lane, status, attempts, owed_since, redrives, *event = row
    envelope = Envelope(*event)
    return Claim(handler, seq, lane, status, attempts, owed_since, redrives, token, counted, envelope)
