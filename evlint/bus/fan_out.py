"""From events to deliveries: one row for each handler that subscribed, whichever process it runs in."""

from __future__ import annotations

from evlint.bus.database import Database
from evlint.bus.deliveries import promote
from evlint.bus.points import point
from evlint.bus.subscription import Subscription

# All that is fanned out together bears the same stamp, so each step names the same events.
_STAMP = """
UPDATE evbus_event SET fanned_at = :now
WHERE seq IN (SELECT seq FROM evbus_event WHERE fanned_at IS NULL ORDER BY seq LIMIT :limit)"""
_OWE = """
INSERT INTO evbus_delivery (handler, seq, lane, status, next_at, owed_since, changed_at)
SELECT DISTINCT s.handler, e.seq, CASE WHEN s.ordered = 1 THEN coalesce(e.key, '') END,
    CASE WHEN s.ordered = 1 THEN 'queued' ELSE 'due' END, :now, :now, :now
FROM evbus_event e JOIN evbus_subscription s
    ON (s.type = e.type OR s.type = '*') AND (s.relays = 0 OR e.received = 0)
WHERE {which}
ON CONFLICT DO NOTHING"""
_STAMPED = "e.fanned_at = :now"
_PAST = "e.fanned_at IS NOT NULL AND s.handler = :handler"
_LANES = """
SELECT DISTINCT d.handler, d.lane FROM evbus_event e JOIN evbus_delivery d ON d.seq = e.seq
WHERE e.fanned_at = :now AND d.status = 'queued'"""
_WAKE = """
UPDATE evbus_delivery SET status = 'due', next_at = :now, changed_at = :now
WHERE status = 'waiting' AND EXISTS (SELECT 1 FROM evbus_event e
    WHERE e.fanned_at = :now AND e.type = evbus_delivery.waits_for AND e.key = evbus_delivery.waits_key)"""

_KNOWN = "SELECT type FROM evbus_subscription WHERE handler = :handler"
_FORGET = "DELETE FROM evbus_subscription WHERE handler = :handler AND type = :type"
_SUBSCRIBE = """
INSERT INTO evbus_subscription (handler, type, ordered, parks, relays, since)
VALUES (:handler, :type, :ordered, :parks, :relays, :now)
ON CONFLICT (handler, type) DO UPDATE SET ordered = :ordered, parks = :parks, relays = :relays"""


def subscribe(database: Database, subscriptions: list[Subscription]) -> None:
    """Remember who subscribes to what, so that events are kept for them while their process is down."""
    with database.transaction():
        database.lock("evbus fan out")
        for wanted in subscriptions:
            known = {name for (name,) in database.rows(_KNOWN, handler=wanted.id)}
            for gone in known - set(wanted.names):
                database.change(_FORGET, handler=wanted.id, type=gone)
            for name in wanted.names:
                flags = {"ordered": int(wanted.ordered), "parks": int(wanted.parks), "relays": int(wanted.relays)}
                database.change(_SUBSCRIBE, handler=wanted.id, type=name, now=database.now(), **flags)
            if wanted.since_beginning and not known:
                _owe_the_past(database, wanted.id)


def fan_out(database: Database, limit: int = 200) -> int:
    """Make the deliveries of the oldest events that have none yet; say how many events these were."""
    if not database.rows("SELECT 1 FROM evbus_event WHERE fanned_at IS NULL LIMIT 1"):
        return 0
    with database.transaction():
        database.lock("evbus fan out")
        now = database.now()
        events = database.change(_STAMP, now=now, limit=limit)
        database.change(_OWE.format(which=_STAMPED), now=now)
        for handler, lane in sorted(database.rows(_LANES, now=now)):
            promote(database, handler, lane)
        database.change(_WAKE, now=now)
        point("fan_out.inserted")
    point("fan_out.committed")
    return events


def _owe_the_past(database: Database, handler: str) -> None:
    database.change(_OWE.format(which=_PAST), handler=handler, now=database.now())
    sql = "SELECT DISTINCT lane FROM evbus_delivery WHERE handler = :handler AND status = 'queued'"
    for (lane,) in sorted(database.rows(sql, handler=handler)):
        promote(database, handler, lane)
