"""What people do to a bus: look at its dead letters, bring them back, tidy up, ask how it is."""

from __future__ import annotations

from dataclasses import dataclass

from evlint.bus.database import Database
from evlint.bus.deliveries import promote


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up.

    Attributes:
        reason: `rejected`, `unreadable`, `exhausted`, `permanent`, `too-old`, `prerequisite-missing`,
            `unknown-version` or `killed-its-worker`.
        error: the last error and where it was raised.
        fingerprint: the same for letters that died of the same error at the same place.
    """

    handler: str
    event_id: str
    source: str
    type: str
    version: int
    key: str | None
    reason: str
    error: str | None
    fingerprint: str | None
    attempts: int
    redrives: int


_DEAD = """
FROM evbus_delivery d JOIN evbus_event e ON e.seq = d.seq WHERE d.status = 'dead'
    AND (:handler = '' OR d.handler = :handler) AND (:event = '' OR e.id = :event)
    AND (:fingerprint = '' OR d.fingerprint = :fingerprint)"""


def dead_letters(
    database: Database, *, handler: str = "", event: str = "", fingerprint: str = "", limit: int = 1000
) -> list[DeadLetter]:
    """List dead letters, oldest event first."""
    columns = "d.handler, e.id, e.source, e.type, e.version, e.key, d.reason, d.error, d.fingerprint, d.attempts"
    sql = f"SELECT {columns}, d.redrives {_DEAD} ORDER BY d.seq, d.handler LIMIT :limit"
    found = database.rows(sql, handler=handler, event=event, fingerprint=fingerprint, limit=limit)
    return [DeadLetter(*row) for row in found]


def redrive(database: Database, *, handler: str = "", event: str = "", fingerprint: str = "", rate: float = 0.0) -> int:
    """Let dead letters be tried again, with a new budget of attempts and time; at `rate` a second unless 0."""
    with database.transaction():
        sql = f"SELECT d.handler, d.seq {_DEAD} ORDER BY d.seq, d.handler"
        letters = database.rows(sql, handler=handler, event=event, fingerprint=fingerprint)
        for number, (handler_id, seq) in enumerate(letters):
            database.change(
                """UPDATE evbus_delivery SET status = 'due', attempts = 0, redrives = redrives + 1,
                next_at = :now + :later, owed_since = :now, changed_at = :now
                WHERE handler = :handler AND seq = :seq""",
                handler=handler_id,
                seq=seq,
                now=database.now(),
                later=number / rate if rate else 0.0,
            )
    return len(letters)


def drop(database: Database, *, handler: str = "", event: str = "", fingerprint: str = "") -> int:
    """Give dead letters up for good; what they held up goes on."""
    with database.transaction():
        sql = f"SELECT d.handler, d.seq, d.lane {_DEAD} ORDER BY d.handler, d.lane, d.seq"
        letters = database.rows(sql, handler=handler, event=event, fingerprint=fingerprint)
        for handler_id, seq, lane in letters:
            sql = """UPDATE evbus_delivery SET status = 'dropped', changed_at = :now
                WHERE handler = :handler AND seq = :seq"""
            database.change(sql, handler=handler_id, seq=seq, now=database.now())
            if lane is not None:
                promote(database, handler_id, lane)
    return len(letters)


def alarming(database: Database) -> list[tuple[str, str, str, int]]:
    """Dead letters that nobody was told of, as handler, fingerprint, error and how many."""
    sql = """SELECT handler, coalesce(fingerprint, ''), max(coalesce(error, '')), count(*) FROM evbus_delivery
        WHERE status = 'dead' AND alerted = 0 GROUP BY handler, coalesce(fingerprint, '') ORDER BY 1, 2"""
    return [(handler, fingerprint, error, count) for handler, fingerprint, error, count in database.rows(sql)]


def alarmed(database: Database, handler: str, fingerprint: str) -> None:
    """Remember that somebody was told."""
    with database.transaction():
        sql = """UPDATE evbus_delivery SET alerted = 1 WHERE status = 'dead' AND alerted = 0
            AND handler = :handler AND coalesce(fingerprint, '') = :fingerprint"""
        database.change(sql, handler=handler, fingerprint=fingerprint)


def retire(database: Database, handler: str) -> int:
    """End a subscription whose handler is gone; what it is owed is dropped. Says how many deliveries that were."""
    with database.transaction():
        database.lock("evbus fan out")
        database.change("DELETE FROM evbus_subscription WHERE handler = :handler", handler=handler)
        sql = """UPDATE evbus_delivery SET status = 'dropped', changed_at = :now
            WHERE handler = :handler AND status NOT IN ('done', 'dropped')"""
        return database.change(sql, handler=handler, now=database.now())


def prune(database: Database, older_than: float, batch: int = 1000) -> int:
    """Forget events whose deliveries all ended more than `older_than` seconds ago; say how many.

    A duplicate that comes after that is taken for a new event, so keep them longer than any sender repeats,
    and longer than it takes to redrive. Dead letters keep their events.
    """
    pruned = 0
    while True:
        with database.transaction():
            sql = """SELECT e.seq FROM evbus_event e WHERE e.fanned_at < :before AND NOT EXISTS (
                SELECT 1 FROM evbus_delivery d WHERE d.seq = e.seq
                    AND (d.status NOT IN ('done', 'dropped') OR d.changed_at >= :before))
                ORDER BY e.seq LIMIT :limit"""
            seqs = [seq for (seq,) in database.rows(sql, before=database.now() - older_than, limit=batch)]
            for seq in seqs:
                database.change("DELETE FROM evbus_delivery WHERE seq = :seq", seq=seq)
                database.change("DELETE FROM evbus_event WHERE seq = :seq", seq=seq)
        pruned += len(seqs)
        if len(seqs) < batch:
            return pruned


def counts(database: Database) -> dict[str, dict[str, int]]:
    """How many deliveries each handler has in each status, those it is done with included."""
    found: dict[str, dict[str, int]] = {}
    sql = "SELECT handler, status, count(*) FROM evbus_delivery GROUP BY handler, status ORDER BY 1, 2"
    for handler, status, count in database.rows(sql):
        found.setdefault(handler, {})[status] = count
    return found


def backlog(database: Database) -> tuple[int, float]:
    """How many deliveries are owed, and for how many seconds the oldest has been."""
    sql = """SELECT count(*), min(owed_since) FROM evbus_delivery
        WHERE status IN ('queued', 'due', 'running', 'waiting')"""
    ((owed, since),) = database.rows(sql)
    ((unfanned,),) = database.rows("SELECT count(*) FROM evbus_event WHERE fanned_at IS NULL")
    return owed + unfanned, max(0.0, database.now() - since) if since is not None else 0.0


def diagnose(database: Database, handlers: set[str] | None = None) -> list[str]:
    """What deserves attention, a sentence each; `handlers` are those of the running code, if known."""
    found = database.health()
    subscribed = {handler for (handler,) in database.rows("SELECT DISTINCT handler FROM evbus_subscription")}
    if handlers is not None:
        found += [
            f"{gone} is subscribed, but no such handler is in this code: run it elsewhere, or `retire {gone}`"
            for gone in sorted(subscribed - handlers)
        ]
    dead = {handler: by["dead"] for handler, by in counts(database).items() if by.get("dead")}
    found += [f"{handler} has {count} dead letters: see `dead-letters`" for handler, count in dead.items()]
    owed, age = backlog(database)
    if age > 300:
        found.append(f"{owed} deliveries are owed, the oldest for {age:.0f} s: are enough workers running?")
    return found
