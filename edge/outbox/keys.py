"""Keys of events that devices send again until they are acknowledged, in the outbox's file.

A key and its event are one transaction, so that an event is stored once whatever dies in between. Keys stay when the
store is left for a new one (starts.part): a device does not know of stores.
"""

import sqlite3
from typing import Final

TABLES: Final = (
    "CREATE TABLE told(n INTEGER PRIMARY KEY, slot TEXT NOT NULL, key TEXT NOT NULL, UNIQUE(slot, key))",
    "CREATE INDEX told_age ON told(slot, n)",
)
#: Old keys are looked for once in so many new ones.
FORGET_EVERY: Final = 256


def note(connection: sqlite3.Connection, slot: str, key: str, kept: int) -> bool:
    """Note a key of a slot and return whether it was new; the newest `kept` of a slot are known at least."""
    done = connection.execute("INSERT OR IGNORE INTO told(slot, key) VALUES(?, ?)", (slot, key))
    if not done.rowcount:
        return False
    if done.lastrowid is not None and done.lastrowid % FORGET_EVERY == 0:
        connection.execute(
            "DELETE FROM told WHERE slot = ?1 "
            "AND n <= (SELECT n FROM told WHERE slot = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)",
            (slot, kept),
        )
    return True
