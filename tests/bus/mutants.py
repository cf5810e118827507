"""The engine with one guarantee broken: what the conformance suite must notice.

Each mutant replaces text of the engine, and names the cases that must fail for it.
"""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """Replace the only occurrence of a text in a module of `evlint/bus`."""

    module: str
    old: str
    new: str


class Mutant(NamedTuple):
    """A broken engine.

    Attributes:
        cases: what fails, in pytest's `-k` form.
        quick: it is tried on every run.
        store: the database that shows it.
    """

    name: str
    cases: str
    edits: tuple[Edit, ...]
    quick: bool = True
    store: str = "sqlite"


def mutant(name: str, cases: str, *edits: tuple[str, str, str], quick: bool = True, store: str = "sqlite") -> Mutant:
    return Mutant(name, cases, tuple(Edit(*edit) for edit in edits), quick, store)


MUTANTS = (
    mutant(
        "the end of a delivery is written unconditionally",
        "test_33_who_does_not_finish",
        ("deliveries", "status = :was AND attempts = :counted AND coalesce(token, '') = :token", "1 = 1"),
    ),
    mutant(
        "a delivery is done before its handler has run",
        "test_29_a_crash_anywhere and lease.claimed",
        (
            "deliveries",
            "SET status = 'running', attempts = attempts + 1,",
            "SET status = 'done', attempts = attempts + 1,",
        ),
    ),
    mutant(
        "a delivery is committed apart from what its handler changed",
        "test_29_a_crash_anywhere and deliver.handled",
        (
            "worker",
            "            if not all(settle_all(",
            (
                "            self.database.connection.execute('COMMIT')\n"
                "            point('deliver.handled')\n"
                "            self.database.connection.execute('BEGIN IMMEDIATE')\n"
                "            if not all(settle_all("
            ),
        ),
    ),
    mutant(
        "duplicates are looked for before the transaction",
        "test_10",
        ("schema", ",\n    UNIQUE (source, id))", ")"),
        (
            "bus",
            "        with database.transaction():\n            fresh = [database.change(INSERT, **row(envelope, received=True)) == 1",
            (
                "        known = 'SELECT 1 FROM evbus_event WHERE source = :source AND id = :id'\n"
                "        new = {e: not database.rows(known, source=e.source, id=e.id) for e in envelopes}\n"
                "        import time; time.sleep(0.001)\n"
                "        with database.transaction():\n"
                "            fresh = [new[envelope] and database.change(INSERT, **row(envelope, received=True)) == 1"
            ),
        ),
    ),
    mutant(
        "duplicates are known by the id alone",
        "test_14",
        ("schema", "UNIQUE (source, id)", "UNIQUE (id)"),
        quick=False,
    ),
    mutant(
        "an event counts as fanned out before its deliveries are written",
        "test_29_a_crash_anywhere and fan_out.inserted",
        (
            "fan_out",
            "        database.change(_OWE.format(which=_STAMPED), now=now)\n        for",
            (
                "        database.change('COMMIT')\n        database.change('BEGIN IMMEDIATE')\n"
                "        database.change(_OWE.format(which=_STAMPED), now=now)\n        for"
            ),
        ),
    ),
    mutant(
        "fanning out again makes the deliveries again",
        "test_29_a_crash_anywhere and fan_out.inserted",
        ("schema", ",\n    PRIMARY KEY (handler, seq)){without_rowid}", ")"),
        (
            "fan_out",
            (
                "        events = database.change(_STAMP, now=now, limit=limit)\n"
                "        database.change(_OWE.format(which=_STAMPED), now=now)\n"
            ),
            (
                "        database.change(_OWE.format(which='e.fanned_at IS NULL'), now=now)\n"
                "        database.change('COMMIT')\n        point('fan_out.inserted')\n        database.change('BEGIN IMMEDIATE')\n"
                "        events = database.change(_STAMP, now=now, limit=limit)\n"
            ),
        ),
    ),
    mutant(
        "the numbers of events are taken for a cursor",
        "test_18",
        (
            "fan_out",
            "WHERE fanned_at IS NULL ORDER BY seq LIMIT :limit)",
            (
                "WHERE fanned_at IS NULL AND seq > (SELECT coalesce(max(seq), 0) FROM evbus_event\n"
                "        WHERE fanned_at IS NOT NULL) ORDER BY seq LIMIT :limit)"
            ),
        ),
        store="postgres",
        quick=False,
    ),
    mutant(
        "workers lock nothing",
        "test_what_a_worker_claimed",
        ("postgres", "FOR UPDATE OF d SKIP LOCKED", ""),
        store="postgres",
        quick=False,
    ),
    mutant(
        "a lease keeps nobody away",
        "test_04 or test_31_a_lease",
        (
            "deliveries",
            "'waiting') AND d.next_at <= :now\n",
            "'waiting') AND (d.next_at <= :now OR d.status = 'running')\n",
        ),
        ("deliveries", "return max(0.0, at - database.now())", "return 0.0"),
        quick=False,
    ),
    mutant(
        "a lease is not prolonged",
        "test_31_a_lease",
        ("running", "                    extend(database, worker.token, lease)", "                    pass"),
    ),
    mutant(
        "a lease never ends",
        "test_29_a_crash_anywhere and lease.claimed",
        (
            "deliveries",
            "AND d.status IN ('due', 'running', 'waiting') AND d.next_at",
            "AND d.status IN ('due', 'waiting') AND d.next_at",
        ),
        quick=False,
    ),
    mutant(
        "nobody comes back for what no notification told of",
        "test_08",
        ("worker", "self.database.wait(min(POLL, next_claim(self.database, free)))", "self.database.wait(30.0)"),
        quick=False,
    ),
    mutant(
        "the order of a key is ignored",
        "test_15 and not 8",
        ("fan_out", "CASE WHEN s.ordered = 1 THEN 'queued' ELSE 'due' END", "'due'"),
    ),
    mutant(
        "a dead letter does not park its key",
        "test_17_a_dead_letter and drop",
        ("deliveries", "s.handler = :handler AND s.parks = 1", "s.handler = :handler AND s.parks = 2"),
    ),
    mutant(
        "a failure is tried again without an end",
        "test_24_a_handler",
        ("delivery", "case _ if spent >= retry.attempts:", "case _ if False:"),
        quick=False,
    ),
    mutant(
        "a failure is tried again at once",
        "test_24_pauses",
        ("retry", "return random.uniform(0, min", "return 0.0 * random.uniform(0, min"),
    ),
    mutant(
        "what a failed attempt did is kept",
        "test_24_a_handler",
        ("worker", "with self.database.savepoint():", "if True:"),
    ),
    mutant(
        "attempts are only counted when they end",
        "test_25_an_event_that_kills",
        ("worker", "cautious = self._cautious()", "cautious = False"),
        quick=False,
    ),
    mutant(
        "an outage spends the attempts of all",
        "test_35_an_outage",
        ("retry", "return self._failures >= self._retry.brake_after", "return False"),
        quick=False,
    ),
    mutant(
        "waiting spends an attempt",
        "test_19_a_consequence and after",
        ("delivery", 'Verdict("waiting", unspent,', 'Verdict("waiting", spent,'),
    ),
    mutant(
        "what waits is not woken",
        "test_19_a_consequence and after",
        ("deliveries", "WHERE status = 'waiting' AND EXISTS", "WHERE status = 'never' AND EXISTS"),
        ("fan_out", "        database.change(_WAKE, now=now)", "        pass"),
    ),
    mutant(
        "trouble with the database spends an attempt",
        "test_37",
        ("worker", "if patient and self.database.is_trouble(raised):", "if False:"),
        quick=False,
    ),
    mutant(
        "a shutdown spends an attempt",
        "test_33_who_does_not_finish",
        ("deliveries", "attempts = attempts - 1, token = NULL", "token = NULL"),
    ),
    mutant(
        "an unreadable event is tried again",
        "test_22",
        ("delivery", "case UnreadableEventError():", "case UnreadableEventError() if False:"),
        quick=False,
    ),
    mutant(
        "an event of an unknown version is dropped",
        "test_23",
        ("delivery", 'Verdict("due", unspent, RECHECK, "unknown-version", str(error))', 'Verdict("done", spent)'),
        quick=False,
    ),
    mutant(
        "a dead letter that comes back has no attempts left",
        "test_28",
        ("operations", "SET status = 'due', attempts = 0,", "SET status = 'due',"),
    ),
    mutant(
        "nobody is told of dead letters",
        "test_24_a_handler",
        ("running", "            on_dead(handler, fingerprint, error, count)", "            pass"),
        quick=False,
    ),
    mutant(
        "events are forgotten while duplicates may still come",
        "test_11",
        ("operations", "before=database.now() - older_than", "before=database.now() + 1"),
        quick=False,
    ),
    mutant(
        "publishing commits by itself",
        "test_02",
        (
            "transactions",
            "        tx.execute(INSERT, row(envelope))\n",
            "        tx.execute(INSERT, row(envelope))\n        tx.execute('COMMIT')\n        tx.execute('BEGIN')\n",
        ),
    ),
    mutant(
        "a new handler misses what is kept for it",
        "test_05",
        ("fan_out", "            if wanted.since_beginning and not known:", "            if False:"),
        quick=False,
    ),
    mutant(
        "only handlers of this process are owed events",
        "test_06",
        (
            "worker",
            "        done = fan_out(self.database)",
            (
                "        here = [s.id for s in self.subscriptions]\n"
                "        for (other,) in self.database.rows('SELECT DISTINCT handler FROM evbus_subscription'):\n"
                "            if other not in here:\n"
                "                self.database.change('DELETE FROM evbus_subscription WHERE handler = :h', h=other)\n"
                "        done = fan_out(self.database)"
            ),
        ),
        quick=False,
    ),
    mutant(
        "what came from a broker goes back to it",
        "test_a_relay_is_not_given",
        ("fan_out", " AND (s.relays = 0 OR e.received = 0)", ""),
    ),
    mutant(
        "an event does not know its cause",
        "test_what_a_handler_publishes",
        ("base", "            cause.causation_id,\n", "            None,\n"),
        quick=False,
    ),
    mutant(
        "a clock that was set back is not noticed",
        "test_39_a_clock",
        ("deliveries", "AND changed_at > :now + 5", "AND changed_at > :now + 1e12"),
        quick=False,
    ),
)
