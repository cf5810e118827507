"""The tables.

An event is one row. Each handler's delivery of it is one row, which is inbox, retry, deferral and dead letter at once.

A delivery is `queued` (behind another of its key), `due`, `running` (leased), `waiting` (for an event that comes
first), and in the end `done`, `dead` or `dropped`. `next_at` is when it may be claimed next; for a running one that
is the end of its lease, so a crashed worker's deliveries come back by themselves.
"""

from __future__ import annotations

from msgspec.structs import asdict

from evlint.bus.envelope import Envelope

TABLES = (
    """
CREATE TABLE IF NOT EXISTS evbus_event (
    seq {serial},
    source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, key TEXT,
    occurred_at TEXT NOT NULL, correlation_id TEXT NOT NULL, causation_id TEXT, traceparent TEXT,
    hops INTEGER NOT NULL DEFAULT 0, data {bytes} NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, fanned_at {real},
    UNIQUE (source, id))
""",
    """
CREATE TABLE IF NOT EXISTS evbus_delivery (
    handler TEXT NOT NULL, seq BIGINT NOT NULL, lane TEXT,
    status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
    next_at {real} NOT NULL, owed_since {real} NOT NULL, changed_at {real} NOT NULL,
    token TEXT, waits_for TEXT, waits_key TEXT, reason TEXT, error TEXT, fingerprint TEXT,
    redrives INTEGER NOT NULL DEFAULT 0, alerted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (handler, seq)){without_rowid}
""",
    """
CREATE TABLE IF NOT EXISTS evbus_subscription (
    handler TEXT NOT NULL, type TEXT NOT NULL, ordered INTEGER NOT NULL, parks INTEGER NOT NULL,
    relays INTEGER NOT NULL DEFAULT 0, since {real} NOT NULL,
    PRIMARY KEY (handler, type))
""",
    """
CREATE TABLE IF NOT EXISTS evbus_worker (
    id TEXT PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, beat {real} NOT NULL)
""",
    "CREATE INDEX IF NOT EXISTS evbus_unfanned ON evbus_event (seq) WHERE fanned_at IS NULL",
    "CREATE INDEX IF NOT EXISTS evbus_fanned ON evbus_event (fanned_at)",
    "CREATE INDEX IF NOT EXISTS evbus_keys ON evbus_event (type, key) WHERE key IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS evbus_seqs ON evbus_delivery (seq)",
    """
CREATE INDEX IF NOT EXISTS evbus_owed ON evbus_delivery (handler, next_at, seq)
    WHERE status IN ('due', 'running', 'waiting')
""",
    "CREATE INDEX IF NOT EXISTS evbus_lanes ON evbus_delivery (handler, lane, status, seq) WHERE lane IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS evbus_waits ON evbus_delivery (waits_for, waits_key) WHERE status = 'waiting'",
    "CREATE INDEX IF NOT EXISTS evbus_dead ON evbus_delivery (handler, fingerprint) WHERE status = 'dead'",
)

INSERT = (
    f"INSERT INTO evbus_event ({', '.join(Envelope.__struct_fields__)}, received)"
    f" VALUES ({', '.join(f':{name}' for name in Envelope.__struct_fields__)}, :received) ON CONFLICT DO NOTHING"
)


def statements(serial: str, real: str, binary: str, without_rowid: str = "") -> list[str]:
    """The statements that create the tables, for one kind of database."""
    words = {"serial": serial, "real": real, "bytes": binary, "without_rowid": without_rowid}
    return [statement.format(**words).strip() for statement in TABLES]


def row(envelope: Envelope, *, received: bool = False) -> dict[str, object]:
    """What the INSERT of an event binds."""
    return {**asdict(envelope), "received": int(received)}
